// SPDX-License-Identifier: Apache-2.0
// Two notes when a call comes, three for an emergency, made here: there is no sound file. A notification besides, if the browser may.

let context: AudioContext | undefined;

/** Browsers let a page be heard only after somebody has touched it. */
export function unlockSound(): void {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
}

export function chime(urgent: boolean): void {
  if (!context || context.state !== "running") return;
  const notes = urgent ? [880, 660, 880] : [587, 784];
  notes.forEach((hz, at) => {
    const begin = context!.currentTime + at * 0.18;
    const tone = context!.createOscillator();
    const loudness = context!.createGain();
    tone.frequency.value = hz;
    tone.type = "triangle";
    loudness.gain.setValueAtTime(0, begin);
    loudness.gain.linearRampToValueAtTime(0.25, begin + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, begin + 0.3);
    tone.connect(loudness).connect(context!.destination);
    tone.start(begin);
    tone.stop(begin + 0.32);
  });
}

export function notifyOf(title: string, body: string, tag: string): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body, tag, icon: "/icon.svg" });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

export async function mayNotify(): Promise<boolean> {
  return typeof Notification !== "undefined" && (Notification.permission === "granted" || (await Notification.requestPermission()) === "granted");
}
