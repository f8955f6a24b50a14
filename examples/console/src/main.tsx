// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { App } from "./app.js";
import { listen } from "./keys.js";
import { unlockSound } from "./alerts.js";
import { Page } from "./views/page.js";
import { AppContext } from "./views/parts.js";

const app = new App();
listen(app);
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, unlockSound);
// A machine that wakes, a network that is back: what the line waits for has perhaps come.
addEventListener("online", () => app.live?.wake());
document.addEventListener("visibilitychange", () => !document.hidden && app.live?.link.state === "offline" && app.live.wake());

render(<AppContext.Provider value={app}><Page /></AppContext.Provider>, document.getElementById("app")!);
