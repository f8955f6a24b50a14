// SPDX-License-Identifier: Apache-2.0
// What the console says: Chinese, then English. Words of the schema itself come from the client.

import { ENUM_WORDS, ERROR_WORDS, EVENT_WORDS, type Words } from "cordboard/words";

export type Language = "zh" | "en";
let language: Language = "zh";

export const TEXTS = {
  title: ["话务台", "Operator console"],
  user: ["用户名", "User"],
  password: ["密码", "Password"],
  log_on: ["登录", "Log on"],
  log_off: ["退出登录", "Log off"],
  login_failed: ["用户名或密码不正确。", "Wrong name or password."],
  locked_out: ["失败次数过多,请稍后再试。", "Too many failures; try again later."],
  unreachable: ["连接不上服务器。", "The server cannot be reached."],
  choose_position: ["选择坐席", "Choose a position"],
  no_position: ["不占坐席(仅查看)", "No position (look only)"],
  session_over: ["登录已失效,请重新登录。", "The session is over; log on again."],

  desk: ["话务", "Desk"],
  requests: ["事项", "Requests"],
  wall: ["看板", "Wall"],
  figures: ["今日", "Today"],
  views: ["页面", "Views"],

  waiting: ["等候来电", "Waiting"],
  nobody_waits: ["无人等候", "Nobody waits"],
  rings: ["声", "rings"],
  late: ["超时", "late"],
  held_elsewhere: ["驻留与保持", "Parked and held"],
  ringing_at: ["正在呼叫", "ringing"],
  parked: ["驻留", "parked"],
  my_call: ["当前通话", "My call"],
  no_call: ["没有通话", "No call"],
  no_call_hint: ["来电分配到您时会显示在这里。", "A call that is given to you is shown here."],
  rings_here: ["正在您的话机振铃,请摘机。", "It rings at your phone: pick up."],
  offered_here: ["来电分配给您", "A call for you"],
  consultation: ["咨询通话", "Consultation"],
  unknown_caller: ["未知号码", "Unknown number"],
  via: ["呼入", "via"],
  custody: ["责任", "Custody"],
  caller: ["来电人", "Caller"],
  target: ["被叫方", "Called party"],
  consents: ["同意登记", "Consents"],
  agrees: ["同意", "agrees"],
  declines: ["不同意", "declines"],
  not_asked: ["未征询", "not asked"],
  note: ["通话记录", "Note"],
  note_placeholder: ["来电事由,Ctrl+Enter 保存", "What it is about; Ctrl+Enter saves"],
  save: ["保存", "Save"],
  saved: ["已保存", "Saved"],
  story: ["经过", "Story"],
  recording: ["录音中", "recorded"],
  recording_suspended: ["录音暂停", "recording paused"],
  recording_declined: ["不同意录音", "recording declined"],
  recall_in: ["回呼倒计时", "recall in"],
  drill: ["演练", "drill"],
  malicious: ["恶意来电", "malicious"],

  answer: ["应答", "Answer"],
  take: ["接听所选", "Take selected"],
  hold: ["保持", "Hold"],
  hold_why: ["保持并注明原因", "Hold, and say why"],
  hold_reason: ["保持原因", "Why"],
  hold_reasons: ["查病历,联系科室,核对信息,请示上级", "looking up the record,reaching the department,checking details,asking the superior"],
  retrieve: ["取回", "Retrieve"],
  consult: ["咨询", "Consult"],
  dial: ["拨号", "Call"],
  caller_yes: ["来电人同意", "Caller agrees"],
  caller_no: ["来电人不同意", "Caller declines"],
  target_yes: ["被叫方同意", "Called party agrees"],
  target_no: ["被叫方不同意", "Called party declines"],
  transfer: ["转接", "Transfer"],
  transfer_ringing: ["振铃中转接", "Transfer while it rings"],
  alternate: ["切换", "Alternate"],
  reconnect: ["回到来电人", "Back to caller"],
  conference: ["三方会议", "Conference"],
  park: ["驻留", "Park"],
  unpark: ["取回驻留", "Take parked"],
  blind: ["直接转接", "Transfer at once"],
  hang_up: ["挂断", "Hang up"],
  actions: ["操作", "Actions"],

  directory: ["通讯录", "Directory"],
  search: ["按姓名、科室、拼音或首字母查找", "Name, department, pinyin or initials"],
  search_label: ["查找通讯录", "Search the directory"],
  nothing_found: ["没有找到", "Nothing found"],
  on_duty: ["值班", "on duty"],
  free: ["空闲", "free"],
  in_use: ["通话中", "in a call"],
  out_of_service: ["不可用", "out of service"],
  closed: ["已关闭", "closed"],
  dial_number: ["拨打", "Dial"],
  results: ["查找结果", "Results"],
  found: ["项", "found"],

  position: ["坐席", "Position"],
  sign_in: ["签入", "Sign in"],
  sign_out: ["签出", "Sign out"],
  ready: ["示闲", "Ready"],
  not_ready: ["示忙", "Not ready"],
  wrap_up: ["话后处理", "Wrap up"],
  reasons: ["示忙原因", "Why not ready"],
  no_reason: ["不说明原因", "No reason"],
  minutes: ["分钟", "min"],
  per_shift: ["次/班", "times a shift"],
  approval: ["须审批", "needs approval"],
  asked_leave: ["已申请离岗,等待审批", "Leave asked for; waiting for an answer"],
  overdue: ["超时", "overdue"],
  after_call: ["通话后", "after this call"],

  emergency: ["紧急", "Emergency"],
  code_call: ["紧急呼叫", "Code call"],
  code_plan: ["预案", "Plan"],
  code_place: ["地点", "Place"],
  code_place_hint: ["如 3 305(楼、房间)", "as 3 305 (building, room)"],
  code_drill: ["演练(不计入统计)", "A drill (no figure counts it)"],
  code_start: ["立即呼叫", "Call now"],
  no_plans: ["没有配置紧急呼叫预案。", "No plan of a code call is configured."],
  acknowledged: ["已确认", "acknowledged"],
  of: ["/", "of"],

  hand_over: ["交班", "Hand over"],
  hand_over_note: ["交班说明", "Note for the next shift"],
  hand_over_open: ["未结事项", "Open matters"],
  hand_overs: ["待接班", "Hand-overs to accept"],
  accept: ["接班", "Accept"],
  nothing_open: ["没有未结事项", "Nothing is open"],

  leave_requests: ["离岗申请", "Wishes to leave"],
  grant: ["批准", "Grant"],
  refuse: ["不批准", "Refuse"],
  positions: ["坐席", "Positions"],
  queues: ["队列", "Queues"],
  longest: ["最长等候", "longest wait"],
  alarms: ["告警", "Alarms"],
  recordings_lost: ["录音无法写入", "Recordings cannot be written"],
  stopping: ["系统正在停止,不再接受新来电", "The board is stopping and takes no new call"],
  nobody: ["无人", "nobody"],
  calls_up: ["进行中的通话", "Calls now"],

  no_figures: ["暂无统计。", "No figures yet."],
  as_of: ["截至", "as of"],

  keys: ["按键说明", "Keys"],
  print: ["打印", "Print"],
  close: ["关闭", "Close"],
  cancel: ["取消", "Cancel"],
  confirm: ["确定", "OK"],
  settings: ["设置", "Settings"],
  language: ["English", "中文"],
  theme: ["深色模式", "Dark mode"],
  theme_auto: ["跟随系统", "As the system"],
  theme_light: ["浅色", "Light"],
  theme_dark: ["深色", "Dark"],
  big: ["大字模式", "Big numbers"],
  sound: ["来电提示音", "Sound on a new call"],
  notify: ["浏览器通知", "Browser notifications"],
  single_keys: ["单键快捷键(? 与 /)", "Single keys (? and /)"],
  notify_denied: ["浏览器不允许通知。", "The browser does not allow notifications."],
  new_call: ["新来电", "New call"],

  link_connecting: ["正在连接", "Connecting"],
  link_live: ["在线", "Live"],
  link_late: ["未收到消息", "Nothing heard"],
  link_offline: ["已断开,显示的是断开前的状态", "Offline: what is shown is as of then"],
  link_board_away: ["总机程序未运行", "The switchboard is away"],
  link_ended: ["登录已失效", "The session is over"],
  heard: ["最近消息", "last event"],
  ago: ["秒前", "s ago"],
  retry_in: ["秒后重试", "s until the next try"],
  retry_now: ["立即重试", "Try now"],
  resumed: ["已恢复,未遗漏", "Resumed; nothing missed"],
  anew: ["已重新载入全部状态", "All state was read anew"],
  done: ["完成", "done"],
  given: ["已发送", "given"],
} as const satisfies Record<string, Words>;
export type TextKey = keyof typeof TEXTS;

export const of = (words: Words): string => words[language === "zh" ? 0 : 1];
export const t = (key: TextKey): string => of(TEXTS[key]);
export function speak(next: Language): void {
  language = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  document.title = `${t("title")} · Cordboard`;
}
export const spoken = (): Language => language;

/** What a value of an enumeration is called. */
export function enumWord(enumeration: keyof typeof ENUM_WORDS, value: string | undefined): string {
  // The schema's English explains; a screen has room for the name.
  if (language === "en") return (value ?? "").replaceAll("_", " ");
  return (ENUM_WORDS[enumeration] as Readonly<Record<string, Words>>)[value ?? ""]?.[0] ?? value ?? "";
}
export const errorWord = (code: string): string | undefined => (ERROR_WORDS[code] ? of(ERROR_WORDS[code]) : undefined);
export const eventWord = (kind: string): string => (language === "en" ? kind.replaceAll("_", " ") : (EVENT_WORDS[kind]?.[0] ?? kind));
