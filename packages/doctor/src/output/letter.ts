// The text for the network administrator: what is asked for, for which hosts, and what was seen.

import type { Letter } from "../finding.ts";
import type { Language, Words } from "../words.ts";
import { fill } from "./phrases.ts";

const HELLO: Words = { en: "Hello,", zh: "您好，" };
const HOSTS: Words = { en: "Hosts and ports that must be reachable:", zh: "需要放行的主机与端口：" };
const SEEN: Words = { en: "What was seen on {when} (UTC):", zh: "检测结果（{when}，UTC）：" };
const MADE: Words = {
  en: "Found with fairlead doctor, code {code}.",
  zh: "由 fairlead doctor 检出，代码 {code}。",
};

/** The letter of a finding. `began` is the time of the examination as text. */
export function letterText(letter: Letter, code: string, began: string, language: Language): string {
  const words = (one: Words) => one[language];
  const seen = letter.seen.length === 0 ? [] : [fill(words(SEEN), { when: began }), ...letter.seen.map(item), ""];
  const hosts = letter.hosts.length === 0 ? [] : [words(HOSTS), ...letter.hosts.map(item), ""];
  return [words(HELLO), "", words(letter.ask), "", ...hosts, ...seen, fill(words(MADE), { code })].join("\n");
}

function item(line: string): string {
  return `  - ${line}`;
}
