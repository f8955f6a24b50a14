// SPDX-License-Identifier: Apache-2.0
// compress.mjs [FOLDER]: beside each file of the folder (dist) its form for the wire: the gateway sends it as it is.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = process.argv[2] ?? "dist";
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(entry.name)) continue;
  const path = `${entry.parentPath}/${entry.name}`;
  const whole = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(whole, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(whole));
}
