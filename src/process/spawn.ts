import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { InvalidInputError } from '../util/errors.js'
import { checkArguments, checkFunction, checkInteger, checkOptions } from '../util/validate.js'
import { type ChildHandle, type ChildObservers, RunningChild } from './child.js'
import { buildEnvironment, type EnvironmentPolicy } from './environment.js'
import { FailedChild } from './failed-child.js'
import { checkBeforeSpawn, explainSpawnFailure } from './spawn-check.js'
import { spawnFailure } from './spawn-failure.js'
import { DEFAULT_TAIL_BYTES } from './tail-buffer.js'

const LARGEST_TAIL_BYTES = 64 * 1024 * 1024

/** What is run, where, and what becomes of its output. */
export interface SpawnOptions extends EnvironmentPolicy {
  /** The program: a path, or a name that is searched in the `PATH` of the child's environment. */
  readonly command: string
  /** Its arguments, passed on as they are: no shell ever reads them. @default [] */
  readonly args?: readonly string[] | undefined
  /** Its working folder. @default the folder of this process */
  readonly cwd?: string | undefined
  /** Most bytes of its error stream that `stderrTail()` returns. @default 16384 */
  readonly stderrTailBytes?: number | undefined
  /**
   * Receives each line it writes to its error stream, as it is: **secrets are not removed**. A line over
   * 65,536 characters arrives in pieces. What the callback throws is ignored.
   */
  readonly onStderr?: ((line: string) => void) | undefined
  /** Receives errors of its standard input, such as `EPIPE`. What the callback throws is ignored. */
  readonly onStdinError?: ((error: Error) => void) | undefined
  /** Whether Windows hides the console window of the child. @default true */
  readonly windowsHide?: boolean | undefined
}

/**
 * Starts a program as the leader of its own process group, with pipes for its standard streams and without a
 * shell. If this process ends while the child lives, the child's group is killed.
 *
 * A program that cannot be started is reported by `spawned` of the handle, as `SpawnError`. Throws
 * {@link InvalidInputError} for a wrong option.
 */
export function spawnChild(options: SpawnOptions): ChildHandle {
  const { command, args, cwd } = checkProgram(options)
  const observers = checkObservers(options)
  const env = buildEnvironment(options)
  const fault = checkBeforeSpawn(command, cwd)
  if (fault !== undefined) return new FailedChild(command, Promise.resolve(fault))

  let child: ChildProcessWithoutNullStreams
  try {
    child = spawn(command, args, {
      cwd,
      env,
      shell: false,
      stdio: 'pipe',
      // On Windows `detached` would open a console window and groups do not exist.
      detached: process.platform !== 'win32',
      windowsHide: options.windowsHide ?? true,
    })
  } catch (cause) {
    return new FailedChild(command, Promise.resolve(explainSpawnFailure(command, cwd, cause)))
  }
  return child.pid === undefined
    ? new FailedChild(command, spawnFailure(child, command, cwd))
    : new RunningChild(child, child.pid, observers)
}

function checkProgram(options: SpawnOptions): {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
} {
  checkOptions('options', options)
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  const { command, args = [], cwd } = options
  checkText('command', command)
  checkArguments('args', args)
  if (cwd !== undefined) checkText('cwd', cwd)
  return { command, args, cwd }
}

function checkText(option: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return
  throw new InvalidInputError(option, value, 'a non-empty string without NUL bytes')
}

function checkObservers(options: SpawnOptions): ChildObservers {
  checkFunction('onStderr', options.onStderr)
  checkFunction('onStdinError', options.onStdinError)
  if (options.windowsHide !== undefined && typeof options.windowsHide !== 'boolean') {
    throw new InvalidInputError('windowsHide', options.windowsHide, 'a boolean')
  }
  return {
    stderrTailBytes: checkInteger(
      'stderrTailBytes',
      options.stderrTailBytes,
      DEFAULT_TAIL_BYTES,
      0,
      LARGEST_TAIL_BYTES,
    ),
    onStderr: options.onStderr,
    onStdinError: options.onStdinError,
  }
}
