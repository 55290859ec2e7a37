import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

const ROOT = new URL('../../', import.meta.url)

/** What runs the benchmarks. */
export interface Machine {
  readonly hardware: string
  readonly node: string
  /** The versions of what the library is measured against, by name. */
  readonly versions: Readonly<Record<string, string>>
}

/** This machine, and what is installed for the benchmarks. */
export function thisMachine(): Machine {
  const { model = 'unknown', length = 0 } = { model: cpus()[0]?.model.trim(), length: cpus().length }
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  const own = pinned('package.json')
  return {
    hardware: `${model}, ${length} cores, ${gigabytes} GB, ${process.platform} ${process.arch}`,
    node: process.version,
    versions: {
      '@openai/codex': own['@openai/codex'] ?? 'unknown',
      '@openai/codex-sdk': own['@openai/codex-sdk'] ?? 'unknown',
      ...pinned('bench/package.json'),
    },
  }
}

/** Whether figures of both may stand in one table. */
export function isSameMachine(one: Machine, other: Machine): boolean {
  return one.hardware === other.hardware && one.node === other.node
}

function pinned(file: string): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(new URL(file, ROOT), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  return devDependencies
}
