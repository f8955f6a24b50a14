// SPDX-License-Identifier: Apache-2.0
#include <config/keys.hpp>
#include <algorithm>
#include <array>
#include <hours/text.hpp>

namespace cordboard::settings {
namespace {

constexpr std::int64_t ms = 1'000'000, s = 1000 * ms, min = 60 * s, h = 60 * min;
constexpr std::int64_t mib = std::int64_t{1} << 20;
using type = key_type;

std::chrono::nanoseconds time_of(const value& v) { return std::chrono::nanoseconds(v.integer); }
std::chrono::seconds seconds_of(const value& v) { return std::chrono::duration_cast<std::chrono::seconds>(time_of(v)); }

constexpr std::array board_keys{
    key<config>{{"run", type::path, "/run/cordboard", 1, 80, "", "folder of the local socket; programs attach to it",
                 "本机套接字目录,程序由此接入"},
                [](config& c, const value& v) { c.run = v.text; }},
    key<config>{{"gateway", type::file, "", 0, 200, "",
                 "configuration of a gateway that `cordboard serve` starts, and again when it falls; empty: none",
                 "由 cordboard serve 启动的网关的配置文件;空则不启动"},
                [](config& c, const value& v) { c.gateway = v.text; }},
    key<config>{{"outbox", type::file, "", 0, 200, "",
                 "configuration of messages and web hooks that `cordboard serve` sends; empty: none",
                 "由 cordboard serve 发送消息与回调的配置文件;空则没有"},
                [](config& c, const value& v) { c.outbox = v.text; }},
    key<config>{{"commands_max", type::integer, "1024", 1, 65536, "", "commands that may wait; more are told queue_full",
                 "可排队的命令数,超出返回 queue_full"},
                [](config& c, const value& v) { c.commands_max = static_cast<std::uint32_t>(v.integer); }},
    key<config>{
        {"loopback", type::boolean, "false", 0, 1, "",
         "no SIP and no media: phones are played by the program, to try things out", "不用 SIP 与媒体,话机由程序模拟,用于试用"},
        [](config& c, const value& v) { c.loopback = v.integer != 0; }},
};
constexpr std::array log_keys{
    key<config>{{"hot", type::path, "/dev/shm/cordboard", 1, 200, "", "folder in memory (tmpfs) for the newest part of the log",
                 "日志最新部分所在的内存目录(tmpfs)"},
                [](config& c, const value& v) { c.log.hot = v.text; }},
    key<config>{{"archive", type::path, "", 0, 200, "", "folder on disk that the log is copied to; empty: none",
                 "日志归档目录;空则不归档"},
                [](config& c, const value& v) { c.log.archive = v.text; }},
    key<config>{{"hot_bytes_max", type::size, "1GiB", 128 * mib, 1024 * 1024 * mib, "", "room for the log in memory",
                 "日志在内存中的上限"},
                [](config& c, const value& v) { c.log.hot_bytes_max = static_cast<std::uint64_t>(v.integer); }},
    key<config>{{"keep_days", type::integer, "0", 0, 36500, "",
                 "archived events older than this are removed; 0: never; what is held by hold_log stays",
                 "归档保留天数;0 表示永久;被留存的部分不清除"},
                [](config& c, const value& v) { c.log.keep_days = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"archive_bytes_max", type::size, "0B", 0, 1024 * 1024 * mib, "",
                 "room for the archive, at least 256MiB: above it the oldest events are removed; 0: no bound",
                 "归档容量上限,至少 256MiB,超出则清除最早部分;0 表示不限"},
                [](config& c, const value& v) { c.log.archive_bytes_max = static_cast<std::uint64_t>(v.integer); }},
    key<config>{
        {"chain_key_file", type::key_file, "", 0, 200, "",
         "file with the key of the archive's hash chain: 32 bytes or more, hex or raw, mode 0600 or 0400; empty: no chain",
         "归档哈希链密钥文件:至少 32 字节,十六进制或二进制,权限 0600 或 0400;空则不用"},
        [](config& c, const value& v) { c.log.chain_key_file = v.text; }},
    key<config>{{"text_key_file", type::key_file, "", 0, 200, "",
                 "file with the key that seals what is said of people in the log: 32 bytes or more, hex or raw, mode 0600 or "
                 "0400; empty: plain",
                 "密封日志中个人文本的密钥文件:至少 32 字节,十六进制或二进制,权限 0600 或 0400;空则不密封"},
                [](config& c, const value& v) { c.log.text_key_file = v.text; }},
};
constexpr std::array store_keys{
    key<config>{{"path", type::path, "", 0, 200, "", "file of the database (SQLite); empty: there is none, or postgresql",
                 "数据库文件(SQLite);空则不用,或见 postgresql"},
                [](config& c, const value& v) { c.store.path = v.text; }},
    key<config>{{"postgresql", type::name, "", 0, 4096, "",
                 "connection to a PostgreSQL instead, as libpq takes it; the password stands in ~/.pgpass",
                 "改用 PostgreSQL 时的连接串(libpq 格式),密码写在 ~/.pgpass"},
                [](config& c, const value& v) { c.store.postgresql = v.text; }},
    key<config>{{"key_file", type::key_file, "", 0, 200, "",
                 "file with the master key of what is personal, mode 0600 or 0400; empty: path with .key behind it",
                 "个人信息主密钥文件,权限 0600 或 0400;空则为 path 加 .key"},
                [](config& c, const value& v) { c.store.key_file = v.text; }},
    key<config>{{"run", type::boolean, "true", 0, 1, "", "`cordboard serve` fills it", "由 cordboard serve 启动填充进程"},
                [](config& c, const value& v) { c.store.run = v.integer != 0; }},
};
constexpr std::array sip_keys{
    key<config>{{"address", type::address, "127.0.0.1", 0, 0, "", "IP address that phones and trunks reach the board at",
                 "话机与中继访问的本机 IP 地址"},
                [](config& c, const value& v) { c.sip.address = v.text; }},
    key<config>{{"port", type::integer, "5060", 0, 65535, "", "port; 0: chosen by the kernel and told at the start",
                 "端口;0 表示由系统选择"},
                [](config& c, const value& v) { c.sip.port = static_cast<std::uint16_t>(v.integer); }},
    key<config>{{"udp", type::boolean, "true", 0, 1, "", "take SIP over UDP", "启用 UDP"},
                [](config& c, const value& v) { c.sip.udp = v.integer != 0; }},
    key<config>{{"tcp", type::boolean, "true", 0, 1, "", "take SIP over TCP", "启用 TCP"},
                [](config& c, const value& v) { c.sip.tcp = v.integer != 0; }},
    key<config>{{"tls", type::boolean, "false", 0, 1, "", "take SIP over TLS (1.2 or newer)", "启用 TLS(1.2 及以上)"},
                [](config& c, const value& v) { c.sip.tls = v.integer != 0; }},
    key<config>{
        {"tls_port", type::integer, "5061", 0, 65535, "", "port for TLS; 0: chosen by the kernel", "TLS 端口;0 表示由系统选择"},
        [](config& c, const value& v) { c.sip.tls_port = static_cast<std::uint16_t>(v.integer); }},
    key<config>{{"certificate", type::file, "", 0, 200, "", "PEM file with our certificate, then those between it and its root",
                 "本机证书(PEM),其后为中间证书"},
                [](config& c, const value& v) { c.sip.certificate = v.text; }},
    key<config>{{"private_key", type::private_file, "", 0, 200, "", "PEM file with the certificate's key, mode 0600 or 0400",
                 "证书私钥(PEM),权限 0600 或 0400"},
                [](config& c, const value& v) { c.sip.private_key = v.text; }},
    key<config>{{"ca_file", type::file, "", 0, 200, "", "PEM file: who may have signed the certificates of trunks",
                 "中继证书的签发机构(PEM)"},
                [](config& c, const value& v) { c.sip.ca_file = v.text; }},
    key<config>{
        {"connection_idle", type::duration, "30s", 5 * s, 24 * h, "",
         "a connection that is silent for so long is closed, unless a trunk's, or a phone is registered on it, or in a call",
         "连接空闲多久后关闭(中继、已注册话机和通话中的连接除外)"},
        [](config& c, const value& v) { c.sip.connection_idle = seconds_of(v); }},
    key<config>{{"realm", type::number, "cordboard", 1, 64, "", "realm of the phones' digest passwords", "话机认证域"},
                [](config& c, const value& v) { c.sip.realm = v.text; }},
    key<config>{{"expires_min", type::duration, "30s", 1 * s, 1 * h, "", "shortest registration of a phone", "注册最短有效期"},
                [](config& c, const value& v) { c.sip.expires_min = seconds_of(v); }},
    key<config>{{"expires_max", type::duration, "1h", 1 * s, 24 * h, "", "longest registration of a phone", "注册最长有效期"},
                [](config& c, const value& v) { c.sip.expires_max = seconds_of(v); }},
    key<config>{{"session_expires", type::duration, "30min", 0, 24 * h, "",
                 "a call is refreshed within this time, so that a far end that died is found; 0: never",
                 "会话刷新周期,用于发现已失联的一端;0 表示不刷新"},
                [](config& c, const value& v) { c.sip.session_expires = seconds_of(v); }},
    key<config>{{"session_min", type::duration, "90s", 90 * s, 24 * h, "", "shortest such time taken from others",
                 "可接受的最短会话刷新周期"},
                [](config& c, const value& v) { c.sip.session_min = seconds_of(v); }},
    key<config>{
        {"calls_per_second", type::integer, "200", 0, 100000, "",
         "new calls of all together; above that they are told to come again; 0: no limit", "全部新呼叫每秒上限;0 表示不限"},
        [](config& c, const value& v) { c.sip.calls_per_second = static_cast<std::uint32_t>(v.integer); }},
    key<config>{
        {"phone_calls_per_second", type::integer, "10", 0, 100000, "",
         "new calls from one address that is no trunk's; 0: no limit", "单个来源地址(中继除外)每秒新呼叫上限;0 表示不限"},
        [](config& c, const value& v) { c.sip.phone_calls_per_second = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"failures_max", type::integer, "20", 0, 100000, "",
                 "wrong passwords from one address before it is banned; 0: never", "单个来源认证失败多少次后封禁;0 表示不封禁"},
                [](config& c, const value& v) { c.sip.failures_max = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"ban", type::duration, "5min", 1 * s, 24 * h, "",
                 "how long the first ban of an address lasts; each further one doubles", "首次封禁时长,之后逐次加倍"},
                [](config& c, const value& v) { c.sip.ban = seconds_of(v); }},
    key<config>{{"resolver", type::file, "", 0, 200, "",
                 "file as resolv.conf(5) with the DNS servers that trunks' names are asked of; `port N` in it: not 53; empty: "
                 "/etc/resolv.conf",
                 "解析中继域名所用的 DNS 配置文件(同 resolv.conf);缺省 /etc/resolv.conf"},
                [](config& c, const value& v) { c.sip.resolver = v.text; }},
};
constexpr std::array media_keys{
    key<config>{{"address", type::address, "127.0.0.1", 0, 0, "", "IP address that voice is sent to", "语音收发的 IP 地址"},
                [](config& c, const value& v) { c.media.address = v.text; }},
    key<config>{{"port_min", type::integer, "16384", 1024, 65534, "",
                 "first voice port, even; the ports must not be the kernel's ephemeral ones",
                 "首个语音端口,偶数,不得与系统临时端口重叠"},
                [](config& c, const value& v) { c.media.port_min = static_cast<std::uint16_t>(v.integer); }},
    key<config>{{"port_max", type::integer, "24575", 1025, 65535, "", "last voice port; two ports a phone in use",
                 "最后一个语音端口;每路占两个端口"},
                [](config& c, const value& v) { c.media.port_max = static_cast<std::uint16_t>(v.integer); }},
    key<config>{{"lost_after", type::duration, "0s", 0, 1 * h, "", "no voice for so long is told; 0s: never",
                 "无语音多久后告知;0s 表示不告知"},
                [](config& c, const value& v) { c.media.lost_after = seconds_of(v); }},
    key<config>{{"music", type::file, "", 0, 200, "",
                 "sound file (WAV, FLAC, Ogg and others, at most 10min) that waiting and held callers hear; empty: tones",
                 "等待与保持时播放的音乐文件(WAV、FLAC、Ogg 等,不超过 10min);空则为提示音"},
                [](config& c, const value& v) { c.media.music = v.text; }},
    key<config>{{"prompts", type::folder, "", 0, 200, "",
                 "folder of sound files, each a prompt that is known by its name without the ending; empty: nothing is said",
                 "提示语目录,每个声音文件以去掉扩展名的文件名为名;空则不播报"},
                [](config& c, const value& v) { c.media.prompts = v.text; }},
    key<config>{{"recordings", type::folder, "", 0, 200, "",
                 "folder for recordings: WAV, caller and other side in two channels; empty: none can be made",
                 "录音目录:WAV,双声道分录来电人与对方;空则不能录音"},
                [](config& c, const value& v) { c.media.recordings = v.text; }},
    key<config>{{"recordings_key_file", type::key_file, "", 0, 200, "",
                 "file with the key that seals recordings, 32 bytes or more, mode 0600; empty: they are plain WAV",
                 "录音加密密钥文件,不少于 32 字节,权限 0600;空则不加密"},
                [](config& c, const value& v) { c.media.recordings_key_file = v.text; }},
    key<config>{
        {"quality_min", type::integer, "60", 0, 90, "",
         "a voice is told to be degraded below this rating (R of ITU-T G.107: 80 satisfies, at 60 many complain); 0: never",
         "语音评分(ITU-T G.107 的 R 值)低于此值时告知:80 为满意,60 时多有抱怨;0 表示不告知"},
        [](config& c, const value& v) { c.media.quality_min = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"level_every", type::duration, "0s", 0, 1 * h, "", "how loud voices are is told so often at most; 0s: never",
                 "音量最多多久告知一次;0s 表示不告知"},
                [](config& c, const value& v) { c.media.level_every = seconds_of(v); }},
};
constexpr std::array policy_keys{
    key<config>{{"hold_limit", type::duration, "3min", 5 * s, 1 * h, "", "a held caller is told about after this time",
                 "保持时限,超时提醒"},
                [](config& c, const value& v) { c.house.policy.hold_limit = time_of(v); }},
    key<config>{{"park_limit", type::duration, "2min", 5 * s, 60 * min, "",
                 "a parked or camped-on caller's operator is rung again after this time", "驻留或遇忙等待多久后回呼话务员"},
                [](config& c, const value& v) { c.house.policy.park_limit = time_of(v); }},
    key<config>{{"call_back_limit", type::duration, "30min", 1 * min, 24 * h, "",
                 "a busy phone is called back within this time, or not at all", "遇忙回叫的有效时间"},
                [](config& c, const value& v) { c.house.policy.call_back_limit = time_of(v); }},
    key<config>{{"recall_ring", type::duration, "20s", 1 * s, 5 * min, "",
                 "how long the operator is rung for a caller who came back", "回呼话务员的振铃时间"},
                [](config& c, const value& v) { c.house.policy.recall_ring = time_of(v); }},
    key<config>{{"offer_ring", type::duration, "20s", 1 * s, 5 * min, "", "how long an operator is rung for a queued caller",
                 "分配来电的振铃时间"},
                [](config& c, const value& v) { c.house.policy.offer_ring = time_of(v); }},
    key<config>{{"closing_grace", type::duration, "5s", 0, 5 * min, "",
                 "how long a caller may stay after the operator hung up first", "话务员先挂机后来电人可停留的时间"},
                [](config& c, const value& v) { c.house.policy.closing_grace = time_of(v); }},
    key<config>{{"move_limit", type::duration, "2s", 100 * ms, 10 * s, "", "how long joining voices may take", "语音切换时限"},
                [](config& c, const value& v) { c.house.policy.move_limit = time_of(v); }},
    key<config>{{"release_limit", type::duration, "40s", 1 * s, 5 * min, "", "how long ending a line may take", "线路释放时限"},
                [](config& c, const value& v) { c.house.policy.release_limit = time_of(v); }},
    key<config>{{"calls_max", type::integer, "10000", 1, 100000, "", "calls at a time", "同时通话上限"},
                [](config& c, const value& v) { c.house.policy.calls_max = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"answer_rings", type::integer, "4", 1, 20, "",
                 "a caller is to be answered within so many rings of 5s; an event tells before the last one",
                 "应在几声内应答(每声 5s);最后一声之前有事件提醒"},
                [](config& c, const value& v) { c.house.policy.answer_rings = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"unanswered_max", type::integer, "1", 1, 20, "",
                 "an operator who leaves so many offers in a row unanswered is not ready", "连续多少次未应答后自动示忙"},
                [](config& c, const value& v) { c.house.policy.unanswered_max = static_cast<std::uint32_t>(v.integer); }},
    key<config>{{"return_within", type::duration, "3min", 0, 30 * min, "",
                 "a caller who gave up waiting and calls again within this time gets the former place; 0s: none",
                 "放弃排队后在此时间内重拨者恢复原位;0s 表示不保留"},
                [](config& c, const value& v) { c.house.policy.return_within = time_of(v); }},
    key<config>{
        {"login_ahead", type::duration, "5min", 0, 1 * h, "", "operators log on so long before their shift", "提前多久签入"},
        [](config& c, const value& v) { c.house.policy.login_ahead = time_of(v); }},
    key<config>{{"wrap_up_limit", type::duration, "5min", 1 * s, 1 * h, "",
                 "longest work after a call that an operator asks for", "话务员申请的话后处理上限"},
                [](config& c, const value& v) { c.house.policy.wrap_up_limit = time_of(v); }},
    key<config>{{"leave_limit", type::duration, "5min", 10 * s, 1 * h, "",
                 "how long an operator's wish to leave waits for an answer", "离岗申请等待审批的时限"},
                [](config& c, const value& v) { c.house.policy.leave_limit = time_of(v); }},
    key<config>{{"emergency_numbers", type::references, "120 110 119", 0, 16, "",
                 "outside numbers that every phone reaches past its class of service", "不受权限等级限制的紧急号码"},
                [](config& c, const value& v) { c.house.emergency_numbers = v.list; }},
    key<config>{
        {"reasons_required", type::boolean, "false", 0, 1, "", "an operator who is not ready says why", "示忙须说明原因"},
        [](config& c, const value& v) { c.house.policy.reasons_required = v.integer != 0; }},
    key<config>{
        {"requests_max", type::integer, "10000", 1, 200000, "", "requests that may be open at a time", "未办结事项上限"},
        [](config& c, const value& v) { c.house.policy.requests_max = static_cast<std::uint32_t>(v.integer); }},
    key<config>{
        {"stop_list", type::stop_list, "", 0, 200, "",
         "CSV of numbers that no request calls, with the columns number, until (a date, the last day; empty: for good) and "
         "reason; read again at SIGHUP; empty: none",
         "禁呼名单(CSV):number 号码、until 截止日期(空则长期)、reason 原因;收到 SIGHUP 时重新读取;空则没有"},
        [](config& c, const value& v) {
          c.house.stop_list.clear();
          for (const std::string& one : v.list) {
            const auto space = one.find(' ');
            const auto day = space != std::string::npos ? hours::read_dates(one.substr(space + 1)) : std::nullopt;
            c.house.stop_list.push_back({one.substr(0, space), day ? day->last : 0});
          }
        }},
    key<config>{{"entry_limit", type::duration, "0s", 0, 168 * h, "",
                 "an operator writes down what a call was about within this time, at least 1min; 0s: need not",
                 "话务员须在此时间内登记通话内容,至少 1min;0s 表示不要求"},
                [](config& c, const value& v) { c.house.policy.entry_limit = time_of(v); }},
};

constexpr auto set_number = [](device_config& d, const value& v) { d.number = v.text; };
constexpr auto set_name = [](device_config& d, const value& v) { d.name = v.text; };
constexpr auto set_ring = [](device_config& d, const value& v) { d.ring = time_of(v); };
constexpr auto set_password = [](device_config& d, const value& v) { d.password = v.text; };
constexpr key_doc number_doc{
    "number", type::number, "!", 1, 32, "", "what is dialled, and what the phone registers as", "分机号,也是话机的注册名"};
constexpr key_doc name_doc{"name", type::name, "!", 1, 64, "", "shown to people", "显示名称"};
constexpr key_doc password_doc{"password",
                               type::secret,
                               "",
                               1,
                               128,
                               "",
                               "the phone's password; this or password_file",
                               "话机密码;与 password_file 二选一"};
constexpr key_doc password_file_doc{"password_file",
                                    type::secret_file,
                                    "",
                                    1,
                                    200,
                                    "",
                                    "file whose first line is the password; not for everyone to read",
                                    "首行为密码的文件,不得人人可读"};
constexpr key_doc ring_doc{
    "ring", type::duration, "20s", 1 * s, 5 * min, "", "how long it rings before a caller comes back", "振铃多久后退回"};

constexpr auto set_media = [](device_config& d, const value& v) { d.direct = v.integer == 1; };
constexpr key_doc media_doc{"media",
                            type::choice,
                            "anchored",
                            0,
                            0,
                            "anchored|direct",
                            "its voice passes through the house, or past it to an end that is direct too",
                            "语音经总机;或与同为 direct 的另一端直通"};

constexpr auto set_srtp = [](device_config& d, const value& v) { d.srtp = static_cast<srtp_policy>(v.integer); };
constexpr key_doc srtp_doc{
    "srtp",
    type::choice,
    "off",
    0,
    0,
    "off|allowed|required",
    "its voice is encrypted (SRTP): never, where it can, or else there is no call; keys pass in SIP, so use TLS",
    "语音加密(SRTP):不用、对方支持时使用、必须;密钥经 SIP 传送,应使用 TLS"};
constexpr auto set_service = [](device_config& d, const value& v) { d.service = v.text; };
constexpr key_doc service_doc{"class",
                              type::word,
                              "",
                              0,
                              32,
                              "",
                              "name of [[class]]: which outside numbers it reaches; empty: none but emergencies",
                              "权限等级 [[class]] 的名称;空则只能拨紧急号码"};

constexpr auto set_desk = [](device_config& d, const value& v) { d.desk = v.text; };
constexpr key_doc desk_doc{"desk",
                           type::number,
                           "",
                           0,
                           32,
                           "",
                           "number that callers get while its person is in clinic or operates; empty: that of backup",
                           "出诊或手术时来电改接的服务台号码;空则为 backup"};
constexpr auto set_watches = [](device_config& d, const value& v) { d.watches = v.list; };
constexpr key_doc watches_doc{"watches",
                              type::references,
                              "",
                              0,
                              500,
                              "",
                              "numbers whose state it may see (its lamps; RFC 4235); [\"*\"]: of all; by default of none",
                              "可查看状态的号码(话机指示灯);[\"*\"] 为全部;缺省没有"};
constexpr auto set_tested = [](device_config& d, const value& v) { d.tested = v.integer != 0; };
constexpr key_doc tested_doc{
    "self_test",
    type::boolean,
    "false",
    0,
    1,
    "",
    "the house calls it every health.test_every to see whether voice comes back; a phone must answer by itself",
    "按 health.test_every 自检语音;话机须支持自动应答"};

constexpr auto set_codecs = [](device_config& d, const value& v) {
  // In the order of the key's choices, which is that of voice_codec.
  const auto words = split("pcma|pcmu|g722|opus", '|');
  for (const auto& one : v.list)
    d.codecs.push_back(static_cast<voice_codec>(std::find(words.begin(), words.end(), one) - words.begin()));
};
constexpr key_doc codecs_doc{
    "codecs",
    type::choices,
    "",
    1,
    4,
    "pcma|pcmu|g722|opus",
    "what its voice may be coded in, the preferred first; by default pcma and pcmu as the other end likes",
    "可用的语音编码,优先者在前;缺省为 pcma 与 pcmu,由对方选择"};

constexpr std::array phone_keys{
    key<device_config>{number_doc, set_number},     key<device_config>{name_doc, set_name},
    key<device_config>{password_doc, set_password}, key<device_config>{password_file_doc, set_password},
    key<device_config>{ring_doc, set_ring},         key<device_config>{media_doc, set_media},
    key<device_config>{srtp_doc, set_srtp},         key<device_config>{codecs_doc, set_codecs},
    key<device_config>{service_doc, set_service},   key<device_config>{desk_doc, set_desk},
    key<device_config>{watches_doc, set_watches},   key<device_config>{tested_doc, set_tested},
};
constexpr std::array trunk_keys{
    key<device_config>{{"name", type::name, "!", 1, 32, "", "the line's name, and what it is known by", "中继名称"},
                       [](device_config& d, const value& v) { d.number = d.name = v.text; }},
    key<device_config>{{"addresses", type::sources, "!", 1, 32, "", "where its calls come from", "来电的源地址"},
                       [](device_config& d, const value& v) { d.addresses = v.list; }},
    key<device_config>{{"target", type::target, "", 0, 200, "", "where calls to the outside go; empty: calls come in only",
                        "外呼目的地;空则只呼入"},
                       [](device_config& d, const value& v) {
                         if (!v.text.empty()) d.targets = {v.text};
                       }},
    key<device_config>{{"targets", type::targets, "", 1, 8, "", "several of those instead: the first that is there is called",
                        "多个外呼目的地,依次取可用者"},
                       [](device_config& d, const value& v) { d.targets = v.list; }},
    key<device_config>{media_doc, set_media},
    key<device_config>{srtp_doc, set_srtp},
    key<device_config>{codecs_doc, set_codecs},
    key<device_config>{{"user", type::number, "", 0, 64, "", "our account there; empty: none", "对方给本机的账号;空则没有"},
                       [](device_config& d, const value& v) { d.trunk.user = v.text; }},
    key<device_config>{{"password", type::secret, "", 1, 128, "", "the account's password; this or password_file",
                        "账号密码;与 password_file 二选一"},
                       set_password},
    key<device_config>{password_file_doc, set_password},
    key<device_config>{{"domain", type::domain, "", 0, 128, "", "host of our address there; empty: that of the first registrar",
                        "账号所属域;空则取首个注册服务器"},
                       [](device_config& d, const value& v) { d.trunk.domain = v.text; }},
    key<device_config>{{"register", type::boolean, "false", 0, 1, "", "register there with the account", "向对方注册"},
                       [](device_config& d, const value& v) { d.trunk.registers = v.integer != 0; }},
    key<device_config>{{"registrars", type::targets, "", 1, 8, "", "where to, in order; by default the targets",
                        "注册服务器,依次尝试;默认同 targets"},
                       [](device_config& d, const value& v) { d.trunk.registrars = v.list; }},
    key<device_config>{{"contact", type::number, "", 0, 64, "",
                        "what calls that come by the registration dial here; empty: user", "经注册呼入时所拨号码;空则同 user"},
                       [](device_config& d, const value& v) { d.trunk.contact = v.text; }},
    key<device_config>{
        {"expires", type::duration, "10min", 1 * min, 24 * h, "", "how long a registration is asked for", "注册有效期"},
        [](device_config& d, const value& v) { d.trunk.expires = seconds_of(v); }},
    key<device_config>{{"retry", type::duration, "30s", 1 * s, 10 * min, "",
                        "pause after a failed registration; doubles up to 30min", "注册失败后的重试间隔,逐次加倍至 30min"},
                       [](device_config& d, const value& v) { d.trunk.retry = time_of(v); }},
    key<device_config>{{"answer_within", type::duration, "4s", 500 * ms, 32 * s, "",
                        "a target that says nothing for so long is passed over", "目的地多久无应答即改试下一个"},
                       [](device_config& d, const value& v) { d.trunk.answer_within = time_of(v); }},
    key<device_config>{{"check_every", type::duration, "0s", 0, 1 * h, "",
                        "how often the targets are asked by OPTIONS whether they are there; 0s: never",
                        "用 OPTIONS 探测目的地的间隔;0s 表示不探测"},
                       [](device_config& d, const value& v) { d.trunk.check_every = time_of(v); }},
    key<device_config>{
        {"check_failures", type::integer, "2", 1, 10, "", "so many unanswered ones, and a target is not called any more",
         "连续多少次无应答后停用目的地"},
        [](device_config& d, const value& v) { d.trunk.check_failures = static_cast<std::uint32_t>(v.integer); }},
    key<device_config>{{"reserved", type::boolean, "false", 0, 1, "", "for policy.emergency_numbers alone, which take it first",
                        "专供 policy.emergency_numbers 呼出"},
                       [](device_config& d, const value& v) { d.reserved = v.integer != 0; }},
    key<device_config>{
        {"watches", type::references, "", 0, 500, "",
         "extensions of the exchange behind it whose state is asked for (RFC 4235)", "对方交换机中须监视状态的分机号"},
        set_watches},
    key<device_config>{tested_doc, set_tested},
    key<device_config>{{"test_number", type::number, "", 0, 32, "", "what self_test dials there: an echo, a talking clock",
                        "自检所拨号码,如回声或报时"},
                       [](device_config& d, const value& v) { d.test_number = v.text; }},
};
constexpr std::array department_keys{
    key<device_config>{number_doc, set_number},
    key<device_config>{name_doc, set_name},
    key<device_config>{password_doc, set_password},
    key<device_config>{password_file_doc, set_password},
    key<device_config>{ring_doc, set_ring},
    key<device_config>{media_doc, set_media},
    key<device_config>{srtp_doc, set_srtp},
    key<device_config>{codecs_doc, set_codecs},
    key<device_config>{service_doc, set_service},
    key<device_config>{desk_doc, set_desk},
    key<device_config>{watches_doc, set_watches},
    key<device_config>{tested_doc, set_tested},
    key<device_config>{
        {"consent", type::choice, "required", 0, 0, "required|announced|blind",
         "what a transfer to it asks for: it agrees, it was told, or nothing", "转接要求:须同意、须告知、可直转"},
        [](device_config& d, const value& v) { d.consent = static_cast<consent_policy>(v.integer); }},
    key<device_config>{
        {"hours", type::name, "", 0, 64, "", "name of [[hours]]; empty: always open", "服务时间 [[hours]] 的名称;空则全天"},
        [](device_config& d, const value& v) { d.hours = v.text; }},
    key<device_config>{{"when_closed", type::number, "", 0, 32, "",
                        "number of a phone, department, queue or dialogue that callers get instead; empty: none",
                        "关闭后来电改接的话机、科室、队列或语音流程号码;空则没有"},
                       [](device_config& d, const value& v) { d.when_closed = v.text; }},
    key<device_config>{{"backup", type::number, "", 0, 32, "",
                        "number of a phone or department that stands in: closed, busy, no answer, out of service; empty: none",
                        "B角:关闭、占线、无应答或不可用时代接的号码;空则没有"},
                       [](device_config& d, const value& v) { d.backup = v.text; }},
};
constexpr std::array reason_keys{
    key<reason_config>{
        {"number", type::integer, "!", 1, 999, "", "what not_ready and ask_leave give", "示忙与申请离岗所用编号"},
        [](reason_config& r, const value& v) { r.number = static_cast<std::uint16_t>(v.integer); }},
    key<reason_config>{{"name", type::name, "!", 1, 64, "", "shown to people", "显示名称"},
                       [](reason_config& r, const value& v) { r.name = v.text; }},
    key<reason_config>{{"limit", type::duration, "0s", 0, 12 * h, "", "how long; then an event says so; 0s: no limit",
                        "时限,超时有事件;0s 表示不限"},
                       [](reason_config& r, const value& v) { r.limit = time_of(v); }},
    key<reason_config>{{"times", type::integer, "0", 0, 100, "", "how often in a shift without an approval; 0: no limit",
                        "每班次可免审批的次数;0 表示不限"},
                       [](reason_config& r, const value& v) { r.times = static_cast<std::uint32_t>(v.integer); }},
    key<reason_config>{{"approval", type::boolean, "false", 0, 1, "", "a supervisor must grant it", "须经上级审批"},
                       [](reason_config& r, const value& v) { r.approval = v.integer != 0; }},
};
constexpr std::array operator_keys{
    key<operator_config>{{"name", type::name, "!", 1, 64, "", "who answers", "话务员姓名"},
                         [](operator_config& o, const value& v) { o.name = v.text; }},
    key<operator_config>{{"phone", type::number, "!", 1, 32, "", "number of a [[phone]]", "所用话机的号码"},
                         [](operator_config& o, const value& v) { o.phone = v.text; }},
    key<operator_config>{
        {"number", type::number, "", 0, 32, "", "said to callers (see queue.greeting); empty: that of the phone",
         "播报给来电人的工号;空则为话机号码"},
        [](operator_config& o, const value& v) { o.number = v.text; }},
    key<operator_config>{{"wrap_up", type::duration, "0s", 0, 1 * h, "", "time for the entry after a call; 0s: none",
                          "话后处理时间;0s 表示没有"},
                         [](operator_config& o, const value& v) { o.wrap_up = time_of(v); }},
    key<operator_config>{
        {"offer", type::choice, "phone", 0, 0, "phone|screen",
         "a queued call rings the phone, or is shown first and rings on answer", "来电先振铃,或先在屏幕上提示"},
        [](operator_config& o, const value& v) { o.screen = v.integer == 1; }},
    key<operator_config>{
        {"keep_line", type::boolean, "false", 0, 1, "",
         "one call to the phone is kept while the operator is logged on, so that answering needs no signalling",
         "签入期间与话机保持一路常通线路,应答无需信令"},
        [](operator_config& o, const value& v) { o.keep_line = v.integer != 0; }},
    key<operator_config>{
        {"skills", type::words, "", 0, 32, "", "what queues may ask for; a language is one", "技能,语言也是技能"},
        [](operator_config& o, const value& v) { o.skills = v.list; }},
    key<operator_config>{
        {"weight", type::integer, "1", 1, 100, "", "share of the calls of a weighted queue", "按权重分配时的份额"},
        [](operator_config& o, const value& v) { o.weight = static_cast<std::uint32_t>(v.integer); }},
    key<operator_config>{{"backup", type::name, "", 0, 64, "",
                          "name of the operator who stands in when this one is away or does not answer; empty: nobody",
                          "B角:不在岗或未应答时代岗的话务员;空则没有"},
                         [](operator_config& o, const value& v) { o.backup = v.text; }},
    key<operator_config>{{"shift", type::name, "", 0, 64, "", "name of [[hours]]: when this one works; empty: no set hours",
                          "班次 [[hours]] 的名称;空则不固定"},
                         [](operator_config& o, const value& v) { o.shift = v.text; }},
    key<operator_config>{{"class", type::word, "", 0, 32, "",
                          "name of [[class]]: which outside numbers the operator reaches; empty: that of the phone",
                          "权限等级 [[class]] 的名称;空则同话机"},
                         [](operator_config& o, const value& v) { o.service = v.text; }},
};
constexpr std::array queue_keys{
    key<queue_config>{{"number", type::number, "!", 1, 32, "", "what callers dial", "来电人所拨号码"},
                      [](queue_config& q, const value& v) { q.number = v.text; }},
    key<queue_config>{{"name", type::name, "!", 1, 64, "", "shown to people", "显示名称"},
                      [](queue_config& q, const value& v) { q.name = v.text; }},
    key<queue_config>{{"operators", type::references, "!", 1, 1000, "", "names of those who answer", "应答的话务员姓名"},
                      [](queue_config& q, const value& v) { q.operators = v.list; }},
    key<queue_config>{{"supervisor", type::number, "", 0, 32, "", "number of the superior's [[phone]]; empty: none",
                       "上级话机的号码;空则没有"},
                      [](queue_config& q, const value& v) { q.supervisor = v.text; }},
    key<queue_config>{{"wait_limit", type::duration, "10min", 1 * s, 1 * h, "", "longest wait before the superior is rung too",
                       "等待多久后也呼叫上级"},
                      [](queue_config& q, const value& v) { q.wait_limit = time_of(v); }},
    key<queue_config>{{"music", type::file, "", 0, 200, "", "sound file for its callers; empty: media.music",
                       "本队列来电人的音乐文件;空则同 media.music"},
                      [](queue_config& q, const value& v) { q.music = v.text; }},
    key<queue_config>{
        {"class", type::choice, "outside", 0, 0, "emergency|vip|inside|outside",
         "whose callers are served first, in this order; an emergency never closes", "服务优先级,依次递减;急呼从不关闭"},
        [](queue_config& q, const value& v) { q.rank = static_cast<queue_class>(v.integer); }},
    key<queue_config>{
        {"hours", type::name, "", 0, 64, "", "name of [[hours]]; empty: always open", "服务时间 [[hours]] 的名称;空则全天"},
        [](queue_config& q, const value& v) { q.hours = v.text; }},
    key<queue_config>{{"when_closed", type::number, "", 0, 32, "",
                       "number of a phone, department or queue that later callers get; empty: none",
                       "关闭后来电改接的话机、科室、队列或语音流程号码;空则没有"},
                      [](queue_config& q, const value& v) { q.when_closed = v.text; }},
    key<queue_config>{{"welcome", type::prompts, "", 0, 32, "", "said to who enters the queue", "进入队列时播报"},
                      [](queue_config& q, const value& v) { q.welcome = v.list; }},
    key<queue_config>{
        {"greeting", type::prompts, "", 0, 32, "", "said when an operator answers: \"operator\" is the operator's number",
         "话务员应答时播报:\"operator\" 为工号"},
        [](queue_config& q, const value& v) { q.greeting = v.list; }},
    key<queue_config>{
        {"closing", type::prompts, "", 0, 32, "", "said to who stays when the operator has hung up; then the call ends",
         "话务员先挂机后播报,随后结束通话"},
        [](queue_config& q, const value& v) { q.closing = v.list; }},
    key<queue_config>{
        {"record", type::boolean, "false", 0, 1, "",
         "calls are recorded while somebody talks to the caller, once the notice was said to its end and not declined",
         "在录音告知播完且未被拒绝后,对通话录音"},
        [](queue_config& q, const value& v) { q.record = v.integer != 0; }},
    key<queue_config>{
        {"notice", type::prompts, "", 0, 32, "", "says that the call is recorded; needed for record", "录音告知;录音时必填"},
        [](queue_config& q, const value& v) { q.notice = v.list; }},
    key<queue_config>{{"decline_key", type::choice, "9", 0, 0, "0|1|2|3|4|5|6|7|8|9|*|#",
                       "pressed while the notice is said: the call is not recorded", "告知期间按此键则不录音"},
                      [](queue_config& q, const value& v) { q.decline_key = v.text; }},
    key<queue_config>{{"rating", type::number, "", 0, 32, "",
                       "number of a [[dialogue]] for who stays when the operator has hung up first; empty: none",
                       "话务员先挂机后来电人评价所用 [[dialogue]] 的号码;空则没有"},
                      [](queue_config& q, const value& v) { q.rating = v.text; }},
    key<queue_config>{
        {"distribution", type::choice, "longest_idle", 0, 0, "longest_idle|round_robin|fewest_calls|top_down|ring_all|weighted",
         "which operator who is ready is asked", "来电分配方式"},
        [](queue_config& q, const value& v) { q.distribution = static_cast<distribution>(v.integer); }},
    key<queue_config>{
        {"skills", type::words, "", 0, 32, "", "an operator needs all of them to be asked", "话务员须具备的全部技能"},
        [](queue_config& q, const value& v) { q.skills = v.list; }},
    key<queue_config>{{"handling_time", type::duration, "2min", 1 * s, 1 * h, "",
                       "how long an operator is with a caller, for the expected wait, until it was measured",
                       "预计每通处理时间,用于估计等待,直至测得"},
                      [](queue_config& q, const value& v) { q.handling_time = time_of(v); }},
    key<queue_config>{
        {"length_max", type::integer, "0", 0, 10000, "", "so many may wait; 0: no limit", "排队人数上限;0 表示不限"},
        [](queue_config& q, const value& v) { q.length_max = static_cast<std::uint32_t>(v.integer); }},
    key<queue_config>{
        {"when_full", type::number, "", 0, 32, "",
         "number of a phone, department or queue that more callers get; empty: they are told", "队满后来电改接的号码;空则告知"},
        [](queue_config& q, const value& v) { q.when_full = v.text; }},
    key<queue_config>{{"overflow", type::duration, "0s", 0, 1 * h, "", "after so long a caller goes to when_late; 0s: never",
                       "等待多久后转往 when_late;0s 表示不转"},
                      [](queue_config& q, const value& v) { q.overflow = time_of(v); }},
    key<queue_config>{
        {"when_late", type::number, "", 0, 32, "", "number of a phone, department or queue", "等待过久后改接的号码"},
        [](queue_config& q, const value& v) { q.when_late = v.text; }},
    key<queue_config>{
        {"when_unstaffed", type::number, "", 0, 32, "",
         "number of a phone, department or queue that callers get when no operator is logged on; empty: they wait",
         "无话务员签入时改接的号码;空则排队"},
        [](queue_config& q, const value& v) { q.when_unstaffed = v.text; }},
    key<queue_config>{{"position", type::prompts, "", 0, 32, "",
                       "said to who waits: \"position\" is the place in line, \"minutes\" the expected wait",
                       "等待时播报:\"position\" 为排队位置,\"minutes\" 为预计等待分钟数"},
                      [](queue_config& q, const value& v) { q.position = v.list; }},
    key<queue_config>{{"tell_every", type::duration, "0s", 0, 1 * h, "", "how often position is said; 0s: never",
                       "播报位置的间隔;0s 表示不播"},
                      [](queue_config& q, const value& v) { q.tell_every = time_of(v); }},
    key<queue_config>{
        {"apology", type::prompts, "", 0, 32, "", "said before the greeting to who waited longer than policy.answer_rings",
         "等待超过 policy.answer_rings 时在问候前播报的致歉"},
        [](queue_config& q, const value& v) { q.apology = v.list; }},
    key<queue_config>{
        {"fault_notice", type::prompts, "", 0, 32, "",
         "said before the welcome while a known fault is announced: announce_request", "已知故障期间先行播报的告知"},
        [](queue_config& q, const value& v) { q.fault_notice = v.list; }},
    key<queue_config>{{"abandoned", type::word, "", 0, 32, "",
                       "name of the [[request_kind]] that a caller becomes who gives up waiting, and whose number is known; "
                       "empty: none",
                       "放弃等待且号码已知的来电登记为何种 [[request_kind]];空则不登记"},
                      [](queue_config& q, const value& v) { q.abandoned = v.text; }},
};
constexpr std::array dialogue_keys{
    key<dialogue_config>{{"number", type::number, "!", 1, 32, "", "what is dialled, and what when_closed and rating name",
                          "所拨号码,也供 when_closed 与 rating 引用"},
                         [](dialogue_config& d, const value& v) { d.number = v.text; }},
    key<dialogue_config>{
        {"file", type::file, "!", 1, 200, "", "file of its script; read again at SIGHUP", "流程文件;收到 SIGHUP 时重新读取"},
        [](dialogue_config& d, const value& v) { d.file = v.text; }},
};
/// A key whose value is the spans of some days.
template <class Set>
constexpr key<hours_config> spans_key(std::string_view name, std::string_view en, std::string_view zh, Set) {
  return {{name, type::spans, "", 0, 24, "", en, zh}, [](hours_config& of, const value& v) {
            std::vector<day_span> open;
            for (const auto& text : v.list) open.push_back(*hours::read_span(text));
            hours::in_order(open);
            Set{}(of, open);
          }};
}
template <std::size_t Day>
constexpr key<hours_config> weekday_key(std::string_view name, std::string_view en, std::string_view zh) {
  return spans_key(name, en, zh, [](hours_config& of, const std::vector<day_span>& open) { of.week[Day] = open; });
}
constexpr std::array hours_keys{
    key<hours_config>{{"name", type::name, "!", 1, 64, "", "what queues and departments call it", "队列与科室引用的名称"},
                      [](hours_config& of, const value& v) { of.name = v.text; }},
    key<hours_config>{{"time_zone", type::zone, "Asia/Shanghai", 0, 64, "", "where the clock hangs", "时区"},
                      [](hours_config& of, const value& v) { of.time_zone = v.text; }},
    spans_key("working_day", "Monday to Friday, and weekend days that are worked", "周一至周五及调休上班日",
              [](hours_config& of, const std::vector<day_span>& open) { of.working_day = open; }),
    weekday_key<0>("monday", "instead of working_day", "周一,替代 working_day"),
    weekday_key<1>("tuesday", "instead of working_day", "周二,替代 working_day"),
    weekday_key<2>("wednesday", "instead of working_day", "周三,替代 working_day"),
    weekday_key<3>("thursday", "instead of working_day", "周四,替代 working_day"),
    weekday_key<4>("friday", "instead of working_day", "周五,替代 working_day"),
    weekday_key<5>("saturday", "a Saturday that is not worked", "不上班的周六"),
    weekday_key<6>("sunday", "a Sunday that is not worked", "不上班的周日"),
    spans_key("holiday", "a public holiday", "节假日",
              [](hours_config& of, const std::vector<day_span>& open) { of.holiday = open; }),
    key<hours_config>{
        {"holidays", type::calendar, "", 0, 200, "",
         "file of public holidays and of the weekend days that are worked for them; empty: none", "节假日与调休文件;空则没有"},
        [](hours_config& of, const value& v) {
          for (const auto& text : v.list) {
            const bool worked = text.starts_with('+');
            (worked ? of.working_days : of.holidays).push_back(*hours::read_date(std::string_view(text).substr(worked)));
          }
        }},
    key<hours_config>{{"special", type::special_days, "", 0, 400, "", "dates with hours of their own, stronger than all else",
                       "特殊日期的服务时间,优先于其他规则"},
                      [](hours_config& of, const value& v) {
                        for (const auto& text : v.list) {
                          const auto one = *hours::read_special(text);
                          for (auto day = one.dates.first; day <= one.dates.last; ++day) of.special.push_back({day, one.open});
                        }
                        std::sort(of.special.begin(), of.special.end(),
                                  [](const auto& a, const auto& b) { return a.day < b.day; });
                      }},
};
constexpr std::array class_keys{
    key<class_config>{{"name", type::word, "!", 1, 32, "", "what phones and operators call it", "话机与话务员引用的名称"},
                      [](class_config& c, const value& v) { c.name = v.text; }},
    key<class_config>{
        {"outside", type::references, "", 0, 64, "",
         "beginnings of the outside numbers that may be called; \"*\": every number", "可拨外线号码的前缀;\"*\" 表示全部"},
        [](class_config& c, const value& v) { c.outside = v.list; }},
    key<class_config>{{"barred", type::references, "", 0, 64, "",
                       "beginnings of those that may not; the longer beginning counts", "禁拨号码的前缀;较长者优先"},
                      [](class_config& c, const value& v) { c.barred = v.list; }},
    key<class_config>{{"onward", type::boolean, "false", 0, 1, "", "an outside party may be put through to an outside number",
                       "可将外线来电转接到外线"},
                      [](class_config& c, const value& v) { c.onward = v.integer != 0; }},
};
constexpr std::array code_call_keys{
    key<code_call_config>{
        {"number", type::number, "!", 1, 32, "", "what phones of the house dial, and what start_code_call names",
         "院内所拨号码,也供 start_code_call 引用"},
        [](code_call_config& c, const value& v) { c.number = v.text; }},
    key<code_call_config>{{"name", type::name, "!", 1, 64, "", "shown to people", "显示名称"},
                          [](code_call_config& c, const value& v) { c.name = v.text; }},
    key<code_call_config>{{"steps", type::references, "!", 1, 8, "",
                           "who is called, a step each: numbers by space; a step is called when the one before was not enough",
                           "呼叫名单,每级一项,号码以空格分隔;前一级确认人数不足时呼叫下一级"},
                          [](code_call_config& c, const value& v) { c.steps = v.list; }},
    key<code_call_config>{{"order", type::choice, "at_once", 0, 0, "at_once|in_order", "how those of a step are called",
                           "同级成员同时呼叫或依次呼叫"},
                          [](code_call_config& c, const value& v) { c.in_order = v.integer == 1; }},
    key<code_call_config>{{"enough", type::integer, "1", 1, 64, "", "so many are to acknowledge", "须确认的人数"},
                          [](code_call_config& c, const value& v) { c.enough = static_cast<std::uint32_t>(v.integer); }},
    key<code_call_config>{{"ring", type::duration, "20s", 1 * s, 5 * min, "", "how long each is rung", "每人振铃时间"},
                          [](code_call_config& c, const value& v) { c.ring = time_of(v); }},
    key<code_call_config>{{"wait", type::duration, "30s", 5 * s, 30 * min, "",
                           "then the next step begins; so long, too, whoever has answered may take to press the key",
                           "多久后开始下一级;也是应答后按键确认的时限"},
                          [](code_call_config& c, const value& v) { c.wait = time_of(v); }},
    key<code_call_config>{
        {"rounds", type::integer, "3", 1, 20, "", "how often the whole list is called at most", "整个名单最多呼叫几轮"},
        [](code_call_config& c, const value& v) { c.rounds = static_cast<std::uint32_t>(v.integer); }},
    key<code_call_config>{
        {"message", type::prompts, "!", 1, 32, "",
         "said until the key is pressed; \"place\" is where, if what was written there are names of prompts or numbers",
         "反复播报直至按键;\"place\" 为地点(所填须为提示语名或号码)"},
        [](code_call_config& c, const value& v) { c.message = v.list; }},
    key<code_call_config>{{"drill", type::prompts, "", 0, 32, "", "said before the message in a drill", "演练时在通知之前播报"},
                          [](code_call_config& c, const value& v) { c.drill = v.list; }},
    key<code_call_config>{{"key", type::choice, "1", 0, 0, "0|1|2|3|4|5|6|7|8|9|*|#", "acknowledges", "确认键"},
                          [](code_call_config& c, const value& v) { c.key = v.text; }},
    key<code_call_config>{
        {"conference", type::boolean, "true", 0, 1, "",
         "who has acknowledged stays and talks to the others; else the line is let go", "确认后进入会议;否则挂断"},
        [](code_call_config& c, const value& v) { c.conference = v.integer != 0; }},
    key<code_call_config>{
        {"line", type::number, "!", 1, 32, "", "number of the [[queue]] of class emergency that whoever dials the number gets",
         "拨打者接入的急呼 [[queue]] 的号码"},
        [](code_call_config& c, const value& v) { c.line = v.text; }},
};
constexpr std::array role_keys{
    key<role_config>{{"name", type::name, "!", 1, 64, "", "what users call it", "用户引用的名称"},
                     [](role_config& r, const value& v) { r.name = v.text; }},
    key<role_config>{
        {"rights", type::choices, "!", 1, 8, "observe|control|read_text|administer|keep_log|supervise|represent|edit_roster",
         "see events; control calls; see numbers and names; change the house; hold parts of the log back; listen and break in; "
         "give commands in the names of users who log on to a program; change who is on duty",
         "看事件;控制通话;看号码姓名;管理;留存日志;监听与强插;代表在程序中登录的用户;编辑值班表"},
        [](role_config& r, const value& v) { r.rights = static_cast<std::uint32_t>(v.integer); }},
    key<role_config>{
        {"commands", type::words, "", 0, 128, "", "the commands alone that may be given; empty: all that the rights allow",
         "仅可下的命令;空则为权限允许的全部"},
        [](role_config& r, const value& v) { r.commands = v.list; }},
    key<role_config>{{"queues", type::references, "", 0, 256, "", "for callers of these alone, by number; empty: of all",
                      "仅限这些队列(号码)的来电;空则全部"},
                     [](role_config& r, const value& v) { r.queues = v.list; }},
    key<role_config>{{"departments", type::references, "", 0, 1000, "",
                      "whose night service may be switched, by number; empty: of all", "可切换夜服的科室号码;空则全部"},
                     [](role_config& r, const value& v) { r.departments = v.list; }},
};
constexpr std::array user_keys{
    key<user_row>{{"name", type::name, "!", 1, 64, "", "stands in the log beside what the user did", "记入日志的用户名"},
                  [](user_row& u, const value& v) { u.name = v.text; }},
    key<user_row>{{"uid", type::integer, "", 0, 4294967294, "",
                   "unix user id whose programs are this user; without it and unix_user: logs on at the gateway alone",
                   "该用户的 unix uid;与 unix_user 都不填则仅在网关登录"},
                  [](user_row& u, const value& v) { u.uid = static_cast<std::uint32_t>(v.integer); }},
    key<user_row>{{"unix_user", type::account, "", 1, 64, "", "the same by name; \"@self\": whoever runs the board",
                   "同上,用名字;\"@self\" 为运行本系统的用户"},
                  [](user_row& u, const value& v) { u.uid = static_cast<std::uint32_t>(v.integer); }},
    key<user_row>{{"roles", type::references, "!", 1, 16, "",
                   "names of [[role]]s, or operator: sees events, controls calls; supervisor: also numbers and names, listens "
                   "and breaks in; "
                   "auditor: sees all, controls nothing; administrator: everything; records: sees events, holds parts of the "
                   "log back from "
                   "retention; gateway: gives commands in the names of users who log on there",
                   "[[role]] 的名称,或:operator 看事件并控制通话;supervisor 另可看号码姓名、监听、强插;auditor 只看不控制;"
                   "administrator 全部;records 留存日志;gateway 代表在网关登录的用户"},
                  [](user_row& u, const value& v) { u.roles = v.list; }},
    key<user_row>{{"operator", type::name, "", 0, 64, "",
                   "name of the operator whom alone the user acts for, unless with the right supervise; empty: anybody",
                   "用户仅能代表的话务员(有监听权限者除外);空则不限"},
                  [](user_row& u, const value& v) { u.operator_ = v.text; }},
};

}  // namespace

const std::string_view role_names = "operator|supervisor|auditor|administrator|records|gateway";

std::uint32_t rights_of_role(std::string_view name) {
  constexpr auto bit = [](right r) { return static_cast<std::uint32_t>(r); };
  constexpr auto observe = bit(right::observe), control = bit(right::control), text = bit(right::read_text),
                 all = bit(right::administer), keep = bit(right::keep_log), supervise = bit(right::supervise),
                 represent = bit(right::represent), roster = bit(right::edit_roster);
  constexpr std::array<std::uint32_t, 6> of_role{observe | control, observe | control | text | supervise,
                                                 observe | text,    observe | control | text | all | keep | supervise | roster,
                                                 observe | keep,    observe | text | represent};
  const auto names = split(role_names, '|');
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? 0 : of_role[static_cast<std::size_t>(at - names.begin())];
}

const table<config> board_table{"board", false, "the program itself", "程序本身", board_keys};
const table<config> log_table{"log", false, "the event log", "事件日志", log_keys};
const table<config> store_table{"store", false, "the database beside the log", "数据库", store_keys};
const table<config> sip_table{"sip", false, "signalling", "信令", sip_keys};
const table<config> media_table{"media", false, "voice", "语音", media_keys};
const table<config> policy_table{"policy", false, "limits that the board decides by", "时限与上限", policy_keys};
const table<device_config> phone_table{"phone", true, "a phone that registers here", "话机", phone_keys};
const table<device_config> trunk_table{"trunk", true, "a line to the outside", "中继", trunk_keys};
const table<device_config> department_table{"department", true, "a department with its phone", "科室", department_keys};
const table<operator_config> operator_table{"operator", true, "a person who answers for the house", "话务员", operator_keys};
const table<queue_config> queue_table{"queue", true, "where callers wait for operators", "队列", queue_keys};
const table<hours_config> hours_table{"hours", true, "when a queue or a department is open", "服务时间", hours_keys};
const table<dialogue_config> dialogue_table{"dialogue", true, "what leads callers when nobody answers", "语音流程",
                                            dialogue_keys};
const table<reason_config> reason_table{"reason", true, "why operators leave the position", "离岗原因", reason_keys};
const table<class_config> class_table{"class", true, "which outside numbers phones and operators reach", "权限等级",
                                      class_keys};
const table<code_call_config> code_call_table{"code_call", true, "who is called in an emergency", "紧急呼叫预案",
                                              code_call_keys};
const table<role_config> role_table{"role", true, "what several users may do", "角色", role_keys};
const table<user_row> user_table{"user", true, "who may give commands on this machine", "本机可下命令的用户", user_keys};

}  // namespace cordboard::settings
