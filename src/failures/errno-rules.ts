import type { Verdict } from './verdict.js'

const UNREACHABLE_HINT = 'The app-server cannot be reached: check that it runs, its address and the network.'

/** What the system's errors mean on the way to Codex, once a process runs or an address is dialled. */
const VERDICT_OF_ERRNO: Readonly<Record<string, Verdict>> = {
  ENOENT: {
    kind: 'backend-spawn-failed',
    hint: 'The file, folder or socket does not exist: check its path.',
  },
  ENOTDIR: { kind: 'backend-spawn-failed', hint: 'A part of the path is not a folder: check the path.' },
  EACCES: {
    kind: 'backend-spawn-failed',
    hint: 'Permission is missing: check the mode and owner of the path.',
  },
  EPERM: { kind: 'backend-spawn-failed', hint: 'The system forbids it: check permissions and policies.' },
  EADDRINUSE: {
    kind: 'backend-spawn-failed',
    hint: 'The address is in use: end the other server, or choose 0.',
  },
  ECONNREFUSED: unreachable(true),
  EHOSTUNREACH: unreachable(true),
  ENETUNREACH: unreachable(true),
  EAI_AGAIN: unreachable(true),
  ENOTFOUND: unreachable(false),
  ETIMEDOUT: { kind: 'backend-timeout', safety: 'indeterminate' },
  ESOCKETTIMEDOUT: { kind: 'backend-timeout', safety: 'indeterminate' },
}

/** What a connection says that broke while it was in use. */
const BROKEN: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** The system's limits pass; a missing program does not. */
const SPAWN_ERRNOS_THAT_PASS: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ETXTBSY',
])

const SPAWN_HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'Check that the program and its interpreter exist, or install `@openai/codex`.',
  EACCES: 'Make the program executable for this user.',
  EPERM: 'The system forbids starting the program: check permissions and policies.',
  ENOTDIR: 'A part of the path is not a folder: check the path.',
  ENOEXEC: 'The file is no program for this machine: install the Codex for this platform.',
  EINVAL: 'The system refuses the file: give the native program, not a .cmd or .bat file.',
  E2BIG: 'Pass less in arguments and environment.',
}

/** Concludes from the system's name of an error. */
export function judgeErrno(errno: string): Verdict | undefined {
  return Object.hasOwn(VERDICT_OF_ERRNO, errno) ? VERDICT_OF_ERRNO[errno] : undefined
}

/** Whether the system's error says that a connection broke while it was in use. */
export function isBrokenConnection(errno: string): boolean {
  return BROKEN.has(errno)
}

/** Concludes from a process that could not be started. `subject` is what is at fault. */
export function judgeSpawn(errno: string | undefined, subject: string | undefined): Verdict {
  const base = { kind: 'backend-spawn-failed', safety: 'not-sent', phase: 'spawn' } as const
  if (subject === 'cwd') return { ...base, hint: 'Check that the working folder exists and may be entered.' }
  if (errno === undefined) return base
  if (SPAWN_ERRNOS_THAT_PASS.has(errno)) {
    return {
      ...base,
      retryable: true,
      hint: 'The system is at a limit: try again when it has room, or raise it.',
    }
  }
  const hint = Object.hasOwn(SPAWN_HINTS, errno) ? SPAWN_HINTS[errno] : undefined
  return hint === undefined ? base : { ...base, hint }
}

function unreachable(retryable: boolean): Verdict {
  return {
    kind: 'backend-spawn-failed',
    retryable,
    safety: 'not-sent',
    hint: UNREACHABLE_HINT,
    phase: 'spawn',
  }
}
