import type { StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { Codex } from '../../client/index.js'
import { codexHomeProblem, inspectCodexHome } from '../../process/codex-home/index.js'
import { locateHome } from '../../process/codex-home/paths.js'
import { buildEnvironment, configOverrides, locateCodex } from '../../process/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions, checkString, checkTimeoutMs } from '../../util/validate.js'
import { isAbsence } from '../files/append-file.js'
import type { ChildEnvironment } from '../server/connect.js'
import { type Finding, type HealthCheck, type HealthReport, reportOf, runCheck } from './check.js'
import { judgeVersion } from './codex-version.js'
import { runProgram } from './run-program.js'
import { STUB_ANSWER, startStubProvider } from './stub-provider.js'

/** What {@link doctor} looks at. */
export interface DoctorOptions {
  /** The Codex executable. @default the one that `locateCodex` finds */
  readonly binary?: string | undefined
  /** @default Codex's own default */
  readonly codexHome?: string | undefined
  /** Variables laid over those of this process. @default none */
  readonly env?: ChildEnvironment | undefined
  /** Folder of the supervisor, whose disk is looked at beside that of the home. @default none */
  readonly directory?: string | undefined
  /** Whether a turn is run, with a model of this program that says one thing: nothing leaves the machine. @default false */
  readonly turn?: boolean | undefined
  /** Time that each check has, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number | undefined
}

interface Patient {
  readonly env: ChildEnvironment | undefined
  readonly home: string
  readonly timeoutMs: number
}

const WARN_FREE_BYTES = 1024 ** 3
const FAIL_FREE_BYTES = 50 * 1024 ** 2

/**
 * Checks what Codex needs on this machine: the binary, its version, the home, the handshake, the sandbox, the disk,
 * and a turn if that is asked for. Never rejects but with `InvalidInputError`; leaves nothing running.
 */
export async function doctor(options: DoctorOptions = {}): Promise<HealthReport> {
  const patient = checkDoctorOptions(options)
  const { env, home, timeoutMs } = patient
  let binary: string | undefined
  const location = await runCheck('binary', () => {
    const found = locateCodex({
      env: buildEnvironment({ env }),
      ...(options.binary === undefined ? {} : { binary: options.binary }),
    })
    binary = found.path
    return { status: 'ok', summary: `${found.path} (${found.source})`, details: found }
  })
  const checks: HealthCheck[] = [location]
  const withBinary = async (name: string, check: (program: string) => Promise<Finding>) => {
    const program = binary
    checks.push(await runCheck(name, () => (program === undefined ? NO_BINARY : check(program))))
  }
  await withBinary('version', async (program) => {
    const { stdout, stderr, code } = await runProgram(program, ['--version'], env, timeoutMs)
    if (code !== 0) return { status: 'fail', summary: `It ended with code ${code}`, details: { stderr } }
    return judgeVersion(stdout)
  })
  checks.push(await runCheck('home', () => checkHome(patient)))
  await withBinary('handshake', (program) => checkHandshake(program, patient))
  await withBinary('turn', async (program) =>
    options.turn ? await checkTurn(program, patient) : { status: 'skipped', summary: 'Not asked for' },
  )
  await withBinary('sandbox', (program) => checkSandbox(program, patient))
  checks.push(await runCheck('disk', () => checkDisk([home, options.directory])))
  return reportOf(checks)
}

const NO_BINARY: Finding = { status: 'skipped', summary: 'There is no binary' }

function checkDoctorOptions(options: DoctorOptions): Patient {
  checkOptions('options', options)
  checkKnownKeys(options, {
    binary: true,
    codexHome: true,
    env: true,
    directory: true,
    turn: true,
    timeoutMs: true,
  })
  for (const name of ['binary', 'codexHome', 'directory'] as const) checkString(name, options[name])
  checkOptions('env', options.env)
  if (options.turn !== undefined && typeof options.turn !== 'boolean') {
    throw new InvalidInputError('turn', options.turn, 'a boolean')
  }
  const home = locateHome(options.codexHome, { ...process.env, ...options.env })
  if (!home) throw new InvalidInputError('codexHome', options.codexHome, 'a folder: this user has none')
  const timeoutMs = checkTimeoutMs('timeoutMs', options.timeoutMs, 30_000)
  const given = options.codexHome !== undefined
  return { env: given ? { ...options.env, CODEX_HOME: home.path } : options.env, home: home.path, timeoutMs }
}

async function checkHome({ home, env }: Patient): Promise<Finding> {
  const details = await inspectCodexHome(home, { env: { ...process.env, ...env } })
  const problem = codexHomeProblem(details)
  if (problem) return { status: 'fail', summary: problem.reason, details }
  const [advice] = details.problems
  return { status: advice === undefined ? 'ok' : 'warn', summary: advice ?? 'It can be used', details }
}

async function checkHandshake(binary: string, { env, timeoutMs }: Patient): Promise<Finding> {
  const startedAt = performance.now()
  await using codex = await Codex.start({ binary, env, handshakeTimeoutMs: timeoutMs })
  const handshakeMs = Math.round(performance.now() - startedAt)
  const { userAgent, platformOs } = codex.server
  return {
    status: 'ok',
    summary: `${userAgent} answered after ${handshakeMs} ms`,
    details: { userAgent, platformOs, handshakeMs },
  }
}

async function checkTurn(binary: string, { env, timeoutMs }: Patient): Promise<Finding> {
  await using provider = await startStubProvider()
  const overrides = configOverrides('config', {
    model_provider: 'doctor',
    model_providers: {
      doctor: {
        name: 'doctor',
        base_url: provider.url,
        wire_api: 'responses',
        supports_websockets: false,
        request_max_retries: 0,
        stream_max_retries: 0,
      },
    },
    features: { apps: false, plugins: false },
  })
  const args = overrides.flatMap((override) => ['-c', override])
  // A proxy cannot reach this machine's loopback.
  const own = { ...env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
  await using codex = await Codex.start({ binary, env: own, args, handshakeTimeoutMs: timeoutMs })
  const thread = await codex.startThread({ ephemeral: true, sandbox: 'read-only', approvalPolicy: 'never' })
  const { status, text, failure, durationMs } = await thread.stream('Is all well?', { timeoutMs }).result
  if (failure) return { status: 'fail', summary: `${failure.kind}: ${failure.message}`, details: failure }
  if (text !== STUB_ANSWER)
    return { status: 'fail', summary: 'The answer came back changed', details: { text } }
  return { status: 'ok', summary: `A turn ${status} after ${Math.round(durationMs)} ms` }
}

async function checkSandbox(binary: string, { env, timeoutMs }: Patient): Promise<Finding> {
  if (process.platform === 'win32') {
    return { status: 'skipped', summary: 'Windows sets its sandbox up when it is first used' }
  }
  const { code, stderr } = await runProgram(binary, ['sandbox', '--', 'true'], env, timeoutMs)
  if (code === 0) return { status: 'ok', summary: 'A command ran in the sandbox' }
  const summary = 'No command runs in the sandbox: Codex can only be used without one'
  return { status: 'warn', summary, details: { code, stderr } }
}

async function checkDisk(folders: readonly (string | undefined)[]): Promise<Finding> {
  const details: { folder: string; freeBytes: number }[] = []
  for (const folder of folders) {
    if (folder === undefined) continue
    const { bavail, bsize } = await statOfDisk(path.resolve(folder))
    details.push({ folder: path.basename(folder), freeBytes: bavail * bsize })
  }
  const least = Math.min(...details.map(({ freeBytes }) => freeBytes))
  const status = least < FAIL_FREE_BYTES ? 'fail' : least < WARN_FREE_BYTES ? 'warn' : 'ok'
  return { status, summary: `${Math.floor(least / 1024 ** 2)} MiB are free`, details }
}

/** Of the nearest folder that there is: the others will be made in it. */
async function statOfDisk(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder)
  } catch (error) {
    const above = path.dirname(folder)
    if (!isAbsence(error) || above === folder) throw error
    return await statOfDisk(above)
  }
}
