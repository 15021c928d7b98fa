// All rules of the HTTP layer.

import type { Rule } from "../finding.ts";
import { HTTP_AROUND_RULES } from "./http-around.ts";
import { HTTP_EDGE_RULES } from "./http-edge.ts";
import { HTTP_FRONT_RULES } from "./http-front.ts";
import { HTTP_PATH_RULES } from "./http-path.ts";
import { HTTP_SERVICE_RULES } from "./http-service.ts";
import { HTTP_SLOW_RULES } from "./http-slow.ts";

export const HTTP_RULES: readonly Rule[] = [
  ...HTTP_EDGE_RULES,
  ...HTTP_FRONT_RULES,
  ...HTTP_PATH_RULES,
  ...HTTP_SERVICE_RULES,
  ...HTTP_SLOW_RULES,
  ...HTTP_AROUND_RULES,
];
