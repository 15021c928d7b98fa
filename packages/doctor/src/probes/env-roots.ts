// Looks into every file of certificates that a variable or a setting names.

import type { TrustFile, TrustFileFacts } from "../facts/tls.ts";
import type { Probe } from "../probe.ts";
import { blocksOf } from "../trust/root-store.ts";
import { namedFiles } from "../trust/stores.ts";

/** Fewer roots than this in a system's store are too few for the public internet: every common one holds more than 100. */
export const FEW_ROOTS = 50;

/** The probe. */
export const envRoots: Probe<"env.roots"> = {
  id: "env.roots",
  layer: "environment",
  title: { en: "files of trusted certificates", zh: "受信任证书文件" },
  after: [],
  async run(ctx) {
    const files = namedFiles(ctx).map(({ name, path, source, read, file }): TrustFile => {
      const where =
        source.path === undefined
          ? source.kind
          : `${source.path}${source.line === undefined ? "" : ` line ${source.line}`}`;
      const { problem, detail, certificates, subjects } = file;
      const known = { name, path, where, read, certificates, subjects };
      return { ...known, ...(problem === undefined ? {} : { problem }), ...(detail === undefined ? {} : { detail }) };
    });
    const systemCount = ctx.environment.systemRoots.reduce((sum, pem) => sum + blocksOf(pem).length, 0);
    const facts: TrustFileFacts = { files, ...(systemCount === 0 ? {} : { systemCount }) };
    const bad =
      files.find(({ problem, read }) => problem !== undefined && read) ??
      files.find(({ problem }) => problem !== undefined);
    if (bad !== undefined) {
      const about = `${bad.name}=${bad.path}`;
      return { status: "warn", note: { en: `${about}: ${bad.problem}`, zh: `${about}：${bad.problem}` }, facts };
    }
    const few = systemCount > 0 && systemCount < FEW_ROOTS;
    const count = files.length;
    const note = {
      en: `${count === 0 ? "none named" : `${count} named, all readable`}; ${systemCount} roots in the system's store`,
      zh: `${count === 0 ? "未指定" : `指定了 ${count} 个，均可读取`}；系统证书库中有 ${systemCount} 个根证书`,
    };
    return { status: few ? "warn" : "pass", note, facts };
  },
};
