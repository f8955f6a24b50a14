// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { later, ordered, readRoster, writeRoster } from "../src/model/roster.js";

const CSV = `post,person,from,to,role
放射科,p1,2026-11-23 08:00,2026-11-24 08:00,A
"外科, 二病区","p""2",2026-02-28 08:00,2026-03-01 08:00,B
`;

test("a roster is written as it was read", () => {
  expect(writeRoster(readRoster(CSV))).toBe(CSV);
  expect(readRoster("\uFEFF人员,岗位,起,止\r\np1,总值班,2026-11-23 08:00,2026-11-24 08:00\r\n\r\n")).toEqual([
    { post: "总值班", person: "p1", from: "2026-11-23 08:00", to: "2026-11-24 08:00", role: "" }]);
});

test("a duty moves by days of the calendar", () => {
  expect(later(readRoster(CSV)[1]!, 1)).toMatchObject({ from: "2026-03-01 08:00", to: "2026-03-02 08:00" });
  expect(later({ ...readRoster(CSV)[0]!, from: "soon" }, 1).from).toBe("soon");
});

test("duties stand by post and time", () => {
  const [a, b] = readRoster(CSV);
  expect(ordered([later(a!, 1), b!, a!]).map((d) => d.from)).toEqual(["2026-11-23 08:00", "2026-11-24 08:00", "2026-02-28 08:00"]);
});
