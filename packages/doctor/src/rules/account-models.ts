// Rules about models: names, access, quotas of the clouds.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../finding.ts";
import { keyedOf, lacksModel } from "../http/reading.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

const BEDROCK_DOCS = "https://code.claude.com/docs/en/amazon-bedrock";
const VERTEX_DOCS = "https://code.claude.com/docs/en/google-vertex-ai";

/** What the program's model is, who named it, and the answers about it. */
function modelAnswers(facts: Facts): {
  readonly model: string;
  readonly named: boolean;
  readonly from?: string;
  readonly answers: readonly Exchanged[];
} {
  const count = facts["account.count"];
  const message = facts["account.message"];
  const answers = [count?.absent === true ? undefined : count?.exchange, message?.exchange].filter(
    (one) => one !== undefined,
  );
  return {
    model: count?.model ?? message?.model ?? "?",
    named: (count ?? message)?.named === true,
    ...(count?.from === undefined ? {} : { from: count.from }),
    answers,
  };
}

/** Words for where a model is set. */
function setIn(from: string | undefined) {
  return from === undefined ? { en: "", zh: "" } : { en: ` (set by ${from})`, zh: `（由 ${from} 设置）` };
}

/** Ids that are on offer and look like the one that is not. */
function offered(facts: Facts): readonly string[] {
  return (facts["credentials.accepted"]?.models ?? []).filter((id) => /claude|anthropic/i.test(id)).slice(0, 6);
}

/** The rules. */
export const ACCOUNT_MODEL_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "ACCOUNT_MODEL_NOT_FOUND",
      layer: "account",
      severity: "error",
      title: { en: "There is no such model", zh: "没有这个模型" },
      meaning: {
        en: "The model name is unknown to the far end: mistyped, retired, or written as another platform writes it.",
        zh: "对端不认识该模型名：可能拼写有误、已下线，或使用了其他平台的写法。",
      },
      advice: {
        en: "Take a name from the list of models; Bedrock and Vertex have spellings of their own.",
        zh: "请从模型列表中选择；Bedrock 和 Vertex 有各自的写法。",
      },
      sources: [PAGES.errors, "https://platform.claude.com/docs/en/about-claude/models/overview"],
      says: [
        /not_found_error.*model:/i,
        /model.*(?:not found|does not exist)/i,
        /issue with the selected model/i,
        /no available channel for model/i,
        /无可用渠道/,
      ],
      yieldsTo: ["ACCOUNT_VERTEX_MODEL", "ACCOUNT_BEDROCK_ON_DEMAND", "HTTP_WRONG_PATH", "ENV_URL_HAS_PATH"],
    },
    (facts, ctx) => {
      const { model, named, from, answers } = modelAnswers(facts);
      const by = answers.filter(
        (one) =>
          lacksModel(one) ||
          (one.author === "azure" && one.errorCode === "DeploymentNotFound") ||
          (one.status === 404 &&
            (one.errorType === "not_found_error" || /model/i.test(one.errorMessage ?? "")) &&
            one.author !== "google") ||
          (one.author === "aws" &&
            (one.errorType === "ResourceNotFoundException" ||
              /model identifier is invalid/i.test(one.errorMessage ?? ""))) ||
          (one.status === 400 &&
            /(?:invalid|unknown|unsupported) model|model.{0,80}(?:does not exist|not found|not supported)/i.test(
              one.errorMessage ?? "",
            )),
      );
      if (by.length === 0) return undefined;
      // A deployment of Foundry has the name that its owner gave it: that there is none of a guessed name says nothing.
      if (!named && ctx.target.platform === "foundry") return undefined;
      const list = offered(facts);
      const where = setIn(from);
      return {
        by: by.slice(0, 1),
        // A guess of the doctor's that this far end does not have says nothing about the program.
        severity: named ? "error" : "info",
        confidence: named ? 0.95 : 0.4,
        title: { en: `There is no model ${model}`, zh: `没有模型 ${model}` },
        evidence: [
          { en: `asked for ${model}${where.en}`, zh: `请求的模型：${model}${where.zh}` },
          ...(list.length === 0 ? [] : [{ en: `on offer: ${list.join(", ")}`, zh: `可用模型：${list.join("、")}` }]),
        ],
        fix: [
          advise(
            list.length === 0
              ? `Correct the model name${where.en}; ${ctx.target.host} lists its models under /v1/models or in its documents.`
              : `Use one of: ${list.join(", ")}${where.en}.`,
            list.length === 0
              ? `更正模型名${where.zh}；${ctx.target.host} 的模型列表见 /v1/models 或其文档。`
              : `请改用：${list.join("、")}${where.zh}。`,
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_MODEL_ACCESS",
      layer: "account",
      severity: "error",
      title: { en: "This account has no access to the model", zh: "该账号无权使用此模型" },
      meaning: {
        en: "The model is there, the credential is good, and the two do not go together: access was not asked for, or the workspace excludes the model.",
        zh: "模型存在，凭据有效，但该凭据无权使用此模型：尚未申请访问，或工作区排除了它。",
      },
      advice: {
        en: "Ask for access to the model, or choose one that the account has.",
        zh: "请申请该模型的访问权限，或选择账号已有的模型。",
      },
      sources: [PAGES.errors, BEDROCK_DOCS],
      says: [/don't have access to the model/i, /does not have access to (?:the )?model/i],
      yieldsTo: ["ACCOUNT_VERTEX_MODEL", "HTTP_REGION_REFUSED"],
    },
    (facts, ctx) => {
      const { model, named, from, answers } = modelAnswers(facts);
      const by = answers.filter(({ errorType = "", errorMessage = "", author, status }) => {
        // A policy that allows messages and forgets the count is no lack of access to the model.
        if (/not authorized to perform: \S*CountTokens/i.test(errorMessage)) return false;
        if (author === "aws") return errorType === "AccessDeniedException" && /model/i.test(errorMessage);
        return (errorType === "permission_error" || status === 403) && /model/i.test(errorMessage);
      });
      if (by.length === 0) return undefined;
      const where = setIn(from);
      const bedrock = ctx.target.platform === "bedrock";
      return {
        by: by.slice(0, 1),
        severity: named || bedrock ? "error" : "warning",
        confidence: named ? 0.95 : 0.6,
        title: { en: `No access to the model ${model}`, zh: `无权使用模型 ${model}` },
        evidence: [{ en: `asked for ${model}${where.en}`, zh: `请求的模型：${model}${where.zh}` }],
        fix: [
          bedrock
            ? advise(
                `Ask for access in the Bedrock console of ${ctx.target.region ?? "your region"} (Model access), and give the role bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream.`,
                `在 ${ctx.target.region ?? "所用区域"} 的 Bedrock 控制台（Model access）申请访问，并为角色授予 bedrock:InvokeModel 与 bedrock:InvokeModelWithResponseStream。`,
              )
            : advise(
                `Have an administrator add ${model} to the workspace, or choose another model${where.en}.`,
                `请管理员将 ${model} 加入工作区，或选择其他模型${where.zh}。`,
              ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_BEDROCK_ON_DEMAND",
      layer: "account",
      severity: "error",
      title: {
        en: "On Bedrock this model is called through an inference profile",
        zh: "在 Bedrock 上该模型需通过推理配置文件调用",
      },
      meaning: {
        en: "The bare model id has no on-demand capacity. Bedrock wants the id of a profile: the same with a prefix such as us., eu. or global.",
        zh: "裸模型 ID 不支持按需调用。Bedrock 需要推理配置文件的 ID：即加上 us.、eu. 或 global. 等前缀。",
      },
      advice: { en: "Put the prefix of your region before the model id.", zh: "请在模型 ID 前加上所在区域的前缀。" },
      sources: ["https://github.com/anthropics/claude-code/issues/110", BEDROCK_DOCS],
      says: [/on-demand throughput isn.t supported/i],
    },
    (facts, ctx) => {
      const { model, from, answers } = modelAnswers(facts);
      const by = answers.filter(({ errorMessage = "" }) => /on-demand throughput/i.test(errorMessage));
      if (by.length === 0) return undefined;
      const prefix = prefixOf(ctx);
      const where = setIn(from);
      return {
        by: by.slice(0, 1),
        evidence: [{ en: `asked for ${model}${where.en}`, zh: `请求的模型：${model}${where.zh}` }],
        fix: [
          advise(
            `Use ${prefix}${model} (or global.${model})${where.en}.`,
            `请改用 ${prefix}${model}（或 global.${model}）${where.zh}。`,
          ),
          advise("The profiles that this account has:", "该账号可用的推理配置文件：", [
            `aws bedrock list-inference-profiles --region ${ctx.target.region ?? "us-east-1"} --type-equals SYSTEM_DEFINED`,
          ]),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_BEDROCK_QUOTA",
      layer: "account",
      severity: "error",
      title: {
        en: "The AWS account's quota for this model is used up or near zero",
        zh: "该 AWS 账号对此模型的配额已用完或接近零",
      },
      meaning: {
        en: "Bedrock throttles even a first, tiny request: new accounts often have a quota near zero for newer models.",
        zh: "Bedrock 连第一个很小的请求都限流：新账号对新模型的配额往往接近零。",
      },
      advice: {
        en: "Ask for a higher quota in Service Quotas, or use another region or profile.",
        zh: "请在 Service Quotas 申请提高配额，或使用其他区域或推理配置文件。",
      },
      sources: [
        "https://github.com/anthropics/claude-code/issues/1466",
        "https://github.com/anthropics/claude-code/issues/1293",
      ],
      says: [/Too many tokens/i, /ThrottlingException/, /ServiceQuotaExceededException/],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(
        ({ author, errorType = "", status }) =>
          author === "aws" && (status === 429 || /Throttling|ServiceQuotaExceeded/.test(errorType)),
      );
      if (by.length === 0) return undefined;
      const region = ctx.target.region ?? "us-east-1";
      return {
        by: by.slice(0, 1),
        confidence: 0.85,
        fix: [
          advise(
            "See the quotas for Claude in this region, then ask for more in the console (Service Quotas, Amazon Bedrock).",
            "查看该区域的 Claude 配额，然后在控制台（Service Quotas，Amazon Bedrock）申请提高。",
            [
              `aws service-quotas list-service-quotas --service-code bedrock --region ${region} --query "Quotas[?contains(QuotaName, 'Claude')].[QuotaName,Value]" --output table`,
            ],
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_VERTEX_MODEL",
      layer: "account",
      severity: "error",
      title: { en: "The model is not enabled for this project and region", zh: "该项目和区域未启用此模型" },
      meaning: {
        en: "On Vertex each model is enabled per project in Model Garden, and newer ones are offered at the global endpoint only.",
        zh: "在 Vertex 上，每个模型都需要在 Model Garden 中按项目启用，较新的模型只在 global 端点提供。",
      },
      advice: {
        en: "Enable it in Model Garden, or set CLOUD_ML_REGION=global.",
        zh: "请在 Model Garden 中启用，或设置 CLOUD_ML_REGION=global。",
      },
      sources: ["https://github.com/yym68686/uni-api/issues/41", VERTEX_DOCS],
      says: [/not allowed to use Publisher Model/i, /Publisher Model .* (?:was )?not found/i],
    },
    (facts, ctx) => {
      const { model, answers } = modelAnswers(facts);
      const by = answers.filter(
        ({ author, errorType = "" }) =>
          author === "google" && /^(?:FAILED_PRECONDITION|NOT_FOUND|PERMISSION_DENIED)$/.test(errorType),
      );
      if (by.length === 0) return undefined;
      const { project = "PROJECT", region = "global" } = ctx.target;
      return {
        by: by.slice(0, 1),
        evidence: [
          {
            en: `${model} in project ${project}, region ${region}`,
            zh: `项目 ${project}、区域 ${region} 中的 ${model}`,
          },
        ],
        fix: [
          advise(
            `Enable ${model} here: https://console.cloud.google.com/vertex-ai/model-garden?project=${project}`,
            `在此启用 ${model}：https://console.cloud.google.com/vertex-ai/model-garden?project=${project}`,
          ),
          ...(region === "global"
            ? []
            : [
                advise(
                  `Or use the global endpoint: CLOUD_ML_REGION=global instead of ${region}.`,
                  `或使用 global 端点：将 CLOUD_ML_REGION 从 ${region} 改为 global。`,
                ),
              ]),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_VERTEX_QUOTA",
      layer: "account",
      severity: "error",
      title: {
        en: "The Google project's quota for this model is used up or zero",
        zh: "该 Google 项目对此模型的配额已用完或为零",
      },
      meaning: {
        en: "Vertex answers RESOURCE_EXHAUSTED. New projects often start with a quota of zero for Claude.",
        zh: "Vertex 返回 RESOURCE_EXHAUSTED。新项目的 Claude 配额往往为零。",
      },
      advice: { en: "Ask for a higher quota, or use the global endpoint.", zh: "请申请提高配额，或使用 global 端点。" },
      sources: [VERTEX_DOCS, "https://github.com/anomalyco/opencode/issues/553"],
      says: [/RESOURCE_EXHAUSTED/, /Quota exceeded for aiplatform/i],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(
        ({ author, errorType }) => author === "google" && errorType === "RESOURCE_EXHAUSTED",
      );
      if (by.length === 0) return undefined;
      const { project = "PROJECT" } = ctx.target;
      return {
        by: by.slice(0, 1),
        fix: [
          advise(
            `See and raise the quota: https://console.cloud.google.com/iam-admin/quotas?project=${project} (search for online_prediction_requests_per_base_model).`,
            `查看并提高配额：https://console.cloud.google.com/iam-admin/quotas?project=${project}（搜索 online_prediction_requests_per_base_model）。`,
          ),
        ],
      };
    },
  ),
];

function prefixOf({ target }: Context): string {
  const region = target.region ?? "us-east-1";
  if (region.startsWith("eu-")) return "eu.";
  if (region === "ap-northeast-1" || region === "ap-northeast-3") return "jp.";
  if (region === "ap-southeast-2" || region === "ap-southeast-4") return "au.";
  return region.startsWith("ap-") ? "apac." : "us.";
}
