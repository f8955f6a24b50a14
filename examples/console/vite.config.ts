// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // The client stands beside us in the source tree. Elsewhere: `npm install cordboard`, and without these two lines.
    alias: [
      { find: /^cordboard$/, replacement: at("../../bindings/typescript/src/index.ts") },
      { find: /^cordboard\/words$/, replacement: at("../../bindings/typescript/src/words.ts") },
    ],
  },
  // The gateway allows no script or style in the page itself, and no data in place of a file but pictures.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, rollupOptions: { input: { index: at("index.html"), integrator: at("integrator/index.html") } } },
  server: { proxy: { "/v1": process.env["GATEWAY"] ?? "http://127.0.0.1:8080" } },
  test: { include: ["test/*.test.ts"] },
});
