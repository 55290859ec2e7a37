import { z } from 'zod'
import type { Failure, FailureContext } from '../../src/failures/index.js'
import { CodexNotFoundError, SpawnError, type SpawnErrorSubject } from '../../src/process/index.js'
import {
  type CloseReason,
  ConnectionClosedError,
  InvalidInputError,
  MessageEncodeError,
  MessageParseError,
  NoiseLineError,
  OversizeMessageError,
  ProtocolViolationError,
  RequestTimeoutError,
  RpcError,
  TransportClosedError,
} from '../../src/rpc/index.js'

/** A cause as the library meets it, and what its failure must hold. */
export interface Case {
  readonly title: string
  readonly cause: unknown
  readonly context?: FailureContext
  readonly expected: Partial<Failure>
}

const closed = (reason: Partial<CloseReason>) =>
  new ConnectionClosedError({ kind: 'remote', message: 'the process exited', ...reason })

const spawnError = (errno: string, subject: SpawnErrorSubject = 'command') =>
  new SpawnError({ errno, command: 'codex', subject }, `Cannot start \`codex\`: ${errno}`)

const systemError = (code: string) =>
  Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' })

const rpc = (number: number, message: string, data?: unknown) =>
  new RpcError(number, message, { method: 'turn/start', data })

function zodError(): unknown {
  return z.object({ turn: z.object({ id: z.string() }) }).safeParse({ turn: { id: 1 } }).error
}

const inTurn = { phase: 'turn' } as const

export const LOCAL_CAUSES: readonly Case[] = [
  {
    title: 'a wrong option',
    cause: new InvalidInputError('timeoutMs', 'soon', 'a number'),
    expected: { kind: 'invalid-input', phase: 'configure', retrySafety: 'not-sent', retryable: false },
  },
  {
    title: 'a message that cannot be written',
    cause: new MessageEncodeError('a cycle'),
    expected: { kind: 'invalid-input', retrySafety: 'not-sent' },
  },
  {
    title: 'no binary',
    cause: new CodexNotFoundError([{ source: 'path', place: 'PATH', reason: 'not found' }]),
    expected: { kind: 'backend-spawn-failed', phase: 'spawn', retrySafety: 'not-sent', retryable: false },
  },
  ...['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ENOEXEC', 'EINVAL', 'E2BIG', 'EIO'].map(
    (errno): Case => ({
      title: `a program that cannot be started for ${errno}`,
      cause: spawnError(errno),
      expected: { kind: 'backend-spawn-failed', phase: 'spawn', retrySafety: 'not-sent', retryable: false },
    }),
  ),
  ...['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'].map(
    (errno): Case => ({
      title: `a system at its limit (${errno})`,
      cause: spawnError(errno, 'system'),
      expected: { kind: 'backend-spawn-failed', retrySafety: 'not-sent', retryable: true },
    }),
  ),
  {
    title: 'a missing working folder',
    cause: spawnError('ENOENT', 'cwd'),
    expected: {
      kind: 'backend-spawn-failed',
      hint: 'Check that the working folder exists and may be entered.',
    },
  },
  ...(
    [
      ['ENOENT', 'backend-spawn-failed', false],
      ['EACCES', 'backend-spawn-failed', false],
      ['ENOTFOUND', 'backend-spawn-failed', false],
      ['ECONNREFUSED', 'backend-spawn-failed', true],
      ['EAI_AGAIN', 'backend-spawn-failed', true],
      ['ETIMEDOUT', 'backend-timeout', true],
      ['ECONNRESET', 'transport-closed-before-turn-completed', true],
      ['EPIPE', 'transport-closed-before-turn-completed', true],
    ] as const
  ).map(
    ([errno, kind, retryable]): Case => ({
      title: `the system's ${errno}`,
      cause: systemError(errno),
      expected: { kind, retryable },
    }),
  ),
  {
    title: 'a connection that is reset during the handshake',
    cause: systemError('ECONNRESET'),
    context: { phase: 'initialize' },
    expected: { kind: 'backend-spawn-failed', retrySafety: 'not-sent' },
  },
  {
    title: 'an error whose cause is the system',
    cause: new TypeError('fetch failed', { cause: systemError('ECONNREFUSED') }),
    expected: { kind: 'backend-spawn-failed', message: 'fetch failed' },
  },
  {
    title: 'an aggregate of errors of the system',
    cause: new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNREFUSED')]),
    expected: { kind: 'backend-spawn-failed', retryable: true },
  },
  {
    title: 'an error of zod on an answer',
    cause: zodError(),
    expected: { kind: 'backend-response-invalid' },
  },
  {
    title: 'an error of zod on options',
    cause: zodError(),
    context: { phase: 'configure' },
    expected: { kind: 'invalid-input', retrySafety: 'not-sent' },
  },
  {
    title: 'text that is not JSON',
    cause: new SyntaxError('Unexpected token'),
    expected: { kind: 'backend-json-parse-error' },
  },
  {
    title: 'a WebSocket that is refused without a token',
    cause: new Error('Unexpected server response: 401'),
    expected: { kind: 'secret-unavailable', httpStatus: 401, phase: 'spawn', retrySafety: 'not-sent' },
  },
  {
    title: 'a WebSocket that is forbidden',
    cause: Object.assign(new Error('refused'), { statusCode: 403 }),
    context: { phase: 'initialize' },
    expected: { kind: 'secret-unavailable', httpStatus: 403 },
  },
  {
    title: 'a WebSocket that is refused by a busy server',
    cause: new Error('Unexpected server response: 503'),
    expected: { kind: 'server-overloaded', retryable: true },
  },
  {
    title: 'a WebSocket whose address is wrong',
    cause: new Error('Unexpected server response: 404'),
    expected: { kind: 'backend-spawn-failed', retryable: false },
  },
  {
    title: 'an exec run that failed',
    cause: { exitCode: 3, signal: null, stderrTail: 'boom' },
    expected: { kind: 'exec-exit-nonzero', phase: 'exec', details: { exitCode: 3, stderrTail: 'boom' } },
  },
  {
    title: 'an exec run that a signal ended',
    cause: null,
    context: { phase: 'exec', exitCode: null, signal: 'SIGKILL' },
    expected: { kind: 'exec-exit-nonzero', details: { signal: 'SIGKILL' } },
  },
  {
    title: 'an exec run that ended well without an end of its turn',
    cause: { exitCode: 0 },
    context: { phase: 'exec' },
    expected: { kind: 'transport-closed-before-turn-completed' },
  },
  {
    title: 'the failed turn of an exec run',
    cause: { type: 'turn.failed', error: { message: 'unexpected status 403 Forbidden: no' } },
    context: { phase: 'exec', exitCode: 1 },
    expected: { kind: 'provider-auth-failed', httpStatus: 403, phase: 'exec' },
  },
  ...[
    'Not inside a trusted directory and --skip-git-repo-check was not specified.',
    'No prompt provided via stdin.',
    'Session not found: no-such-name',
    'Error loading config.toml: invalid type: integer `7`, expected a string',
    "Error parsing -c overrides: Invalid override (missing '='): a",
    'Output schema file /tmp/s.json is not valid JSON',
    'Failed to open last message file "/x/y": No such file or directory (os error 2)',
  ].map(
    (message): Case => ({
      title: `an exec run that was refused: ${message}`,
      cause: { message, exitCode: 1 },
      context: { phase: 'exec' },
      expected: { kind: 'invalid-input', phase: 'exec', retrySafety: 'rejected', retryable: false },
    }),
  ),
  {
    title: 'an exec run whose turn got a 400',
    cause: { message: '{"error":{"message":"no","type":"t","code":null}}', exitCode: 1 },
    context: { phase: 'exec', sideEffectsPossible: false },
    expected: { kind: 'provider-bad-request', retrySafety: 'rejected', retryable: false },
  },
  {
    title: 'an exec run of an account without the plan',
    cause: { message: 'To use Codex with your ChatGPT plan, upgrade to Plus: https://x', exitCode: 1 },
    context: { phase: 'exec' },
    expected: { kind: 'provider-usage-limited', retryable: false },
  },
  {
    title: 'an exec run whose arguments were refused',
    cause: { message: "unexpected argument '--new' found", exitCode: 2 },
    expected: { kind: 'invalid-input', phase: 'exec', retrySafety: 'rejected' },
  },
  {
    title: 'an exec run with the same exit code that says nothing of arguments',
    cause: { message: 'boom', exitCode: 2 },
    expected: { kind: 'exec-exit-nonzero', phase: 'exec' },
  },
  { title: 'anything else', cause: new Error('???'), expected: { kind: 'backend-failed', retryable: false } },
  { title: 'a string', cause: 'the sandbox failed: landlock', expected: { kind: 'sandbox-failed' } },
]

export const WIRE_CAUSES: readonly Case[] = [
  ...(
    [
      [-32001, 'Server overloaded; retry later.', 'server-overloaded', true],
      [-32600, 'Invalid request: missing field `params`', 'invalid-input', false],
      [-32600, 'Invalid request: unknown variant `x`, expected one of `never`', 'invalid-input', false],
      [
        -32600,
        'Invalid request: unknown variant `x/y`, expected one of `initialize`, `thread/start`',
        'backend-protocol-error',
        false,
      ],
      [-32600, 'Not initialized', 'backend-protocol-error', false],
      [-32600, 'Already initialized', 'backend-protocol-error', false],
      [-32600, 'thread/x requires experimentalApi capability', 'invalid-input', false],
      [-32600, 'no rollout found for thread id 7', 'invalid-input', false],
      [-32600, 'session 7 is archived. Run `codex unarchive 7` first.', 'invalid-input', false],
      [-32600, 'thread not loaded: 7', 'invalid-input', false],
      [-32600, 'thread 7 already has an active writer', 'invalid-input', false],
      [-32600, 'no active turn to steer', 'invalid-input', false],
      [-32600, 'expected active turn id `A` but found `B`', 'invalid-input', false],
      [-32601, 'Method not found: x', 'backend-protocol-error', false],
      [-32602, 'Input exceeds the maximum length of 1048576 characters.', 'invalid-input', false],
      [-32700, 'Parse error', 'backend-protocol-error', false],
    ] as const
  ).map(
    ([number, message, kind, retryable]): Case => ({
      title: `${number} ${message}`,
      cause: rpc(number, message),
      expected: { kind, retryable, retrySafety: 'rejected', phase: 'turn-start' },
    }),
  ),
  {
    title: 'an internal error of the app-server',
    cause: rpc(-32603, 'failed to write: disk full'),
    expected: { kind: 'backend-failed', retrySafety: 'indeterminate' },
  },
  {
    title: 'an error number that nobody knows',
    cause: rpc(-32050, 'odd'),
    expected: { kind: 'backend-failed', retrySafety: 'indeterminate' },
  },
  {
    title: 'an error response as it travels',
    cause: { id: 7, error: { code: -32001, message: 'Server overloaded; retry later.' } },
    expected: { kind: 'server-overloaded', retrySafety: 'rejected' },
  },
  {
    title: 'a turn that takes no input',
    cause: rpc(-32600, 'cannot steer', {
      codexErrorInfo: { activeTurnNotSteerable: { turnKind: 'compact' } },
    }),
    expected: { kind: 'invalid-input', retryable: true, retrySafety: 'rejected' },
  },
  {
    title: 'a process that exits in mid-turn',
    cause: closed({ exitCode: 101, stderrTail: 'panicked', partialBytes: 12 }),
    context: inTurn,
    expected: {
      kind: 'transport-closed-before-turn-completed',
      phase: 'turn',
      retryable: true,
      retrySafety: 'indeterminate',
    },
  },
  {
    title: 'a bare close reason',
    cause: { kind: 'error', message: 'socket closed', closeCode: 1006 } satisfies CloseReason,
    expected: { kind: 'transport-closed-before-turn-completed' },
  },
  {
    title: 'a connection that this side closed',
    cause: closed({ kind: 'local', message: 'closed by this side' }),
    expected: { kind: 'transport-closed-before-turn-completed', retryable: false },
  },
  {
    title: 'a process that exits before the handshake',
    cause: closed({ exitCode: 1, stderrTail: 'bad config' }),
    context: { phase: 'initialize' },
    expected: { kind: 'backend-spawn-failed', retryable: false, retrySafety: 'not-sent' },
  },
  {
    title: 'a process that somebody kills before the handshake',
    cause: closed({ signal: 'SIGKILL' }),
    context: { phase: 'initialize' },
    expected: { kind: 'backend-spawn-failed', retryable: true, retrySafety: 'not-sent' },
  },
  {
    title: 'a close because of a broken message',
    cause: closed({ kind: 'error', cause: new MessageParseError(9, '{"a') }),
    expected: { kind: 'backend-json-parse-error', retrySafety: 'indeterminate' },
  },
  {
    title: 'a close because of a violation',
    cause: closed({ kind: 'error', cause: new ProtocolViolationError('junk') }),
    expected: { kind: 'backend-protocol-error' },
  },
  {
    title: 'a transport that is not open',
    cause: new TransportClosedError(),
    expected: { kind: 'transport-closed-before-turn-completed', retrySafety: 'not-sent' },
  },
  {
    title: 'noise on the wire',
    cause: new NoiseLineError(5, 'hello'),
    expected: { kind: 'backend-json-parse-error' },
  },
  {
    title: 'an answer that is too long',
    cause: new OversizeMessageError(200, 100, { responseId: 1 }),
    expected: { kind: 'backend-response-invalid' },
  },
  {
    title: 'a request without an answer',
    cause: new RequestTimeoutError('turn/start', 100),
    expected: { kind: 'backend-timeout', phase: 'turn-start', retrySafety: 'indeterminate', retryable: true },
  },
  {
    title: 'a request that could not be sent before its deadline',
    cause: new RequestTimeoutError('turn/start', 100, { requestWritten: false }),
    expected: { kind: 'backend-timeout', phase: 'turn-start', retrySafety: 'not-sent', retryable: true },
  },
  {
    title: 'a request that had not been sent when the connection ended',
    cause: new ConnectionClosedError(
      { kind: 'remote', message: 'the process exited' },
      { method: 'turn/start', requestWritten: false },
    ),
    expected: { kind: 'transport-closed-before-turn-completed', retrySafety: 'not-sent', retryable: true },
  },
  {
    title: 'an error of a request that was sent, behind it one of another that was not',
    cause: new ProtocolViolationError('no end', {
      cause: new RequestTimeoutError('thread/turns/list', 100, { requestWritten: false }),
    }),
    expected: { kind: 'backend-protocol-error', retrySafety: 'indeterminate' },
  },
  {
    title: 'a handshake without an answer',
    cause: new RequestTimeoutError('initialize', 100),
    expected: { kind: 'backend-timeout', phase: 'initialize', retrySafety: 'not-sent' },
  },
]
