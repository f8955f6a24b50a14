// SPDX-License-Identifier: Apache-2.0
export * from "./client.js";
export * from "./house.js";
export * from "./live.js";
export * from "./schema.js";
export { MessageReader, type Message } from "./sse.js";
