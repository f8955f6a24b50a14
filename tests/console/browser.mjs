// SPDX-License-Identifier: Apache-2.0
// A browser for the tests, which are in Python beside the phones: one line of JSON asks, one answers. Exits when nobody asks any more.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const pages = new Map();

/** A frame within a page is asked as a page is. */
const keyboard = (page) => page.keyboard ?? page.page().keyboard;

const DO = {
  /** The frame of a page, by how its address begins, under a name of its own. */
  async enter(name, parent, address) {
    const { page, errors } = pages.get(parent);
    for (const end = Date.now() + 15_000; Date.now() < end; await pause(30)) {
      const frame = page.frames().find((one) => one.url().startsWith(address));
      if (frame) return void pages.set(name, { page: frame, errors });
    }
    throw new Error(`no frame of ${address}; there are ${page.frames().map((one) => one.url())}`);
  },
  /** Where the frames and the windows of a page's browser are. */
  frames: (page) => page.frames().map((one) => one.url()),
  windows: (page) => (page.context?.() ?? page.page().context()).pages().map((one) => one.url()),
  async open(name, address, width, height) {
    const context = await browser.newContext({ viewport: { width, height }, locale: "zh-CN", colorScheme: "light" });
    const page = await context.newPage();
    const errors = [];
    // A cookie that is not there yet is answered 401: the browser writes that down by itself.
    page.on("console", (m) => m.type() === "error" && !/status of 401|ERR_|Failed to load/.test(m.text()) && errors.push(m.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("dialog", (dialog) => (errors.push(`a dialog: ${dialog.message()}`), void dialog.dismiss()));
    pages.set(name, { page, errors });
    await page.goto(address);
  },
  press: (page, key) => keyboard(page).press(key),
  type: (page, text) => keyboard(page).type(text),
  focus: (page, selector) => page.focus(selector),
  /** as a hand does: Playwright's own waits until an element has stood still, which what is measured must not */
  async click(page, selector) {
    const { x, y, width, height } = await page.evaluate((s) => document.querySelector(s).getBoundingClientRect().toJSON(), selector);
    await page.mouse.click(x + width / 2, y + height / 2);
  },
  size: (page, width, height) => page.setViewportSize({ width, height }),
  reload: (page) => page.reload(),
  // Playwright's own waiting evaluates texts in the page, which the page's policy forbids; asked from outside it is allowed.
  async wait(page, expression, ms) {
    for (const end = Date.now() + ms; Date.now() < end; await pause(30)) if (await page.evaluate(expression)) return true;
    throw new Error(`not within ${ms} ms`);
  },
  evaluate: (page, expression) => page.evaluate(expression),
  shot: (page, path) => page.screenshot({ path }).then(() => path),
  async axe(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    return violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map((n) => `${n.target.join(" ")}: ${n.any.concat(n.all, n.none).map((x) => x.message).join("; ")}`) }));
  },
};

console.log(JSON.stringify({ id: 0, value: browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const { id, page: name, do: what, args } = JSON.parse(line);
  // Pages are asked side by side: what waits in one keeps no other.
  void (async () => {
    try {
      const value = what === "open" || what === "enter" ? await DO[what](name, ...args) : what === "errors" ? pages.get(name).errors : await DO[what](pages.get(name).page, ...args);
      console.log(JSON.stringify({ id, value: value ?? null }));
    } catch (error) {
      console.log(JSON.stringify({ id, error: String(error) }));
    }
  })();
}
await browser.close();
