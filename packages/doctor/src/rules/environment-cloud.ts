// A rule about what the address of a cloud is made from.

import { here, removal, replacement, setCommand } from "../environment/setting-fix.ts";
import type { Fix, Rule } from "../finding.ts";
import { DOCS, lintRule, seen } from "./environment-lint.ts";

const CLOUDS = {
  bedrock: "https://code.claude.com/docs/en/amazon-bedrock",
  vertex: "https://code.claude.com/docs/en/google-vertex-ai",
} as const;

/** What stands in the place of a value, with an example of how it looks. */
const EXAMPLES: { readonly [name: string]: string } = {
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  CLOUD_ML_REGION: "us-east5",
  ANTHROPIC_VERTEX_PROJECT_ID: "my-project-123",
  ANTHROPIC_FOUNDRY_RESOURCE: "my-resource",
};

/** Region, project or resource of a cloud. */
export const CLOUD_RULES: readonly Rule[] = [
  lintRule(
    "env.url",
    ["cloud-form", "cloud-missing"],
    {
      code: "ENV_CLOUD_SETTING",
      severity: "error",
      title: {
        en: "The region, project or resource of the cloud is not set right",
        zh: "云平台的区域、项目或资源设置有误",
      },
      meaning: {
        en: "For Bedrock, Vertex and Foundry the address is made from a region, a project or a resource's name. Without it, or with another text in its place (a zone such as us-east-1a, a whole URL), requests go to a host that does not exist.",
        zh: "Bedrock、Vertex 和 Foundry 的地址由区域、项目或资源名组成。缺少它，或填成了别的内容（如可用区 us-east-1a、完整的 URL）时，请求会发往不存在的主机。",
      },
      advice: {
        en: "Set the name as the cloud's console shows it: us-east-1 (AWS), us-east5 (Google), the resource's name without a domain (Azure).",
        zh: "请按云控制台中的写法设置：us-east-1（AWS）、us-east5（Google）、不带域名的资源名（Azure）。",
      },
      sources: [CLOUDS.bedrock, CLOUDS.vertex, DOCS.variables],
    },
    (lint, setting, facts, { machine }) => {
      const { name } = lint;
      const example = EXAMPLES[name] ?? "";
      const meant = String(lint.detail["meant"] ?? "");
      if (lint.problem === "cloud-missing") {
        // The project may stand in the credentials file; the resource stands nowhere else.
        const sure = name !== "ANTHROPIC_VERTEX_PROJECT_ID";
        if (!sure && facts["http.hello"]?.speaksApi === true && facts["credentials.accepted"]?.accepted === true)
          return undefined;
        const set: Fix = {
          ...here(machine),
          commands: [setCommand(machine.shell, name, example)],
          note: {
            en: `Set ${name}; put your own in place of the example. In settings.json it belongs into "env".`,
            zh: `设置 ${name}，把示例换成自己的。在 settings.json 中应写入 "env"。`,
          },
        };
        return {
          severity: sure ? "error" : "warning",
          title: { en: `${name} is not set`, zh: `没有设置 ${name}` },
          evidence: [
            { en: `${name} is set nowhere that this program reads.`, zh: `该程序读取的位置都没有设置 ${name}。` },
          ],
          fix: [set],
        };
      }
      return {
        title: { en: `${name} is not what the cloud calls it`, zh: `${name} 的写法不符合云平台的格式` },
        evidence: [
          seen(setting),
          meant === ""
            ? { en: `It should look like ${example}.`, zh: `应当类似 ${example}。` }
            : { en: `${meant} is probably meant.`, zh: `多半应为 ${meant}。` },
        ],
        fix:
          meant === ""
            ? [
                removal(machine, setting, {
                  en: `Then set it anew, such as ${example}.`,
                  zh: `然后重新设置，例如 ${example}。`,
                }),
              ]
            : [replacement(machine, setting, () => meant, meant)],
      };
    },
  ),
];
