/** What the files of `/proc` and `/boot` tell, where a report has them without the functions of `/sys`. */
import type { CapturePart } from '../capture-part.ts';
import type { Coverage, Report } from './coverage.ts';
import type { FileTree } from './file-tree.ts';
import { FindingLimit } from './finding-limit.ts';
import { readKernel } from './kernel-files.ts';
import { readCpu, readIomem } from './proc-files.ts';

const COVERAGE: Coverage = { kind: 'report', devices: false, system: false, links: false, noun: 'this report' };

/** Kernel, processor and memory map of a folder that has a `proc`. */
export function systemFilesPart(root: FileTree, source: string): CapturePart {
  const findings = new FindingLimit();
  const report: Report = (severity, code, where, text) => findings.add({ code, severity, where, text });
  return {
    origin: { source, passage: 'sysfs', line: undefined },
    kernel: readKernel(root, COVERAGE, undefined),
    cpu: readCpu(root, COVERAGE),
    iomem: readIomem(root, COVERAGE, report),
    findings: findings.all(),
  };
}
