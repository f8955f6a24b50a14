// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { popAddress } from "../src/embed.js";

const CALL = { call: "5", number: "0713-6281234&x=1", name: "王 芳" };

test("a caller's name and number stand in the address as values, whatever they are", () => {
  expect(popAddress("https://his.example/p?phone={number}&who={name}&id={call}", CALL)).toBe("https://his.example/p?phone=0713-6281234%26x%3D1&who=%E7%8E%8B%20%E8%8A%B3&id=5");
});

test("only a web address is opened, and a caller does not decide whose", () => {
  for (const template of ["", "javascript:alert(1)", "data:text/html,x", "https://{number}/", "//his.example/{number}", " https://his.example/"])
    expect(popAddress(template, CALL)).toBeUndefined();
});
