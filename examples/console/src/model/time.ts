// SPDX-License-Identifier: Apache-2.0
/** A ring and its pause, as the house plays the tone: 1 s and 4 s. */
const RING_MS = 5_000;

export const ms = (ns: string | undefined): number => (ns ? Number(BigInt(ns) / 1_000_000n) : 0);

/** Rings since a wait began; the one that has begun counts. */
export function ringsSince(since_ns: string | undefined, now: number): number {
  return since_ns ? Math.max(1, Math.floor((now - ms(since_ns)) / RING_MS) + 1) : 0;
}

/** "0:07", "12:34", "1:02:03". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
export const since = (ns: string | undefined, now: number): string => (ns ? span(now - ms(ns)) : "");

/** The wall's time of an event. */
export function clock(ns: string | undefined): string {
  return ns ? new Date(ms(ns)).toLocaleTimeString("zh-CN", { hour12: false }) : "";
}
