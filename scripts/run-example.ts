import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ModelStub, startModelStub, stubCodexHome } from 'codex-conduit/testing'

const root = fileURLToPath(new URL('../', import.meta.url))

/** How an example is run. */
export interface RunExampleOptions {
  readonly args?: readonly string[]
  /** Whether it talks to the reader's own Codex login instead of the model stub. */
  readonly isLive?: boolean
}

/** Names of the examples that can be run. */
export function exampleNames(): string[] {
  return readdirSync(`${root}examples`)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}

/**
 * Runs `examples/<name>.ts` as a process of its own and resolves with its exit code. Offline, the model says
 * what `examples/models/<name>.ts` scripts, and the example finds a Codex home that leads to it.
 */
export async function runExample(name: string, options: RunExampleOptions = {}): Promise<number> {
  const { args = [], isLive = false } = options
  if (!exampleNames().includes(name)) {
    console.error(`There is no example ${JSON.stringify(name)}. There are: ${exampleNames().join(', ')}`)
    return 2
  }
  if (isLive) return runProgram(name, args, {})
  await using stub = await startModelStub()
  const model = `${root}examples/models/${name}.ts`
  if (existsSync(model)) {
    const { default: script } = (await import(model)) as { default: (stub: ModelStub) => void }
    script(stub)
  }
  await using home = await stubCodexHome(stub)
  return await runProgram(name, args, home.env)
}

function runProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const program = `${root}examples/${name}.ts`
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
}
