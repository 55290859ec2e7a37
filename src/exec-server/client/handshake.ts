import pTimeout from 'p-timeout'
import { RequestTimeoutError, RPC_ERROR_NUMBERS, RpcError } from '../../rpc/errors.js'
import { AbortedError } from '../../util/errors.js'
import { EXEC_METHODS, type ExecResult } from '../protocol/index.js'
import { ExecHandshakeError } from './errors.js'
import type { ExecLink } from './link.js'

/** Version of the protocol that a server speaks: that of March 2026, or the one since. */
export type ExecServerVersion = 'v0' | 'current'

/** What a server told about itself. */
export interface ServerGreeting {
  readonly version: ExecServerVersion
  /** Names the session for a later connection; v0 has none. */
  readonly sessionId: string | undefined
  readonly environmentInfo: ExecResult<'environment/info'> | undefined
}

/** How a handshake is made. */
export interface HandshakeOptions {
  readonly clientName: string
  readonly resumeSessionId: string | undefined
  readonly initializeTimeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens a link and shakes hands. The link is closed when it rejects: with the transport's error, an `RpcError` that
 * refuses, a `RequestTimeoutError`, an `AbortedError`, or an {@link ExecHandshakeError} for an answer that is none.
 */
export async function shakeHands(link: ExecLink, options: HandshakeOptions): Promise<ServerGreeting> {
  const { initializeTimeoutMs: milliseconds, signal } = options
  try {
    if (signal?.aborted) throw new AbortedError('the handshake', { cause: signal.reason })
    return await pTimeout(greet(link, options), {
      milliseconds,
      message: new RequestTimeoutError('initialize', milliseconds),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    await link.close()
    if (signal?.aborted && !(error instanceof AbortedError)) {
      throw new AbortedError('the handshake', { cause: signal.reason })
    }
    throw error
  }
}

async function greet(link: ExecLink, options: HandshakeOptions): Promise<ServerGreeting> {
  await link.start()
  const greeting = readGreeting(await initialize(link, options), options.resumeSessionId)
  link.initialized()
  return greeting
}

/**
 * Names the session to resume even when there is none: a server may take a client that does not know the field for
 * one of v0, whose processes end with its connection.
 */
async function initialize(link: ExecLink, options: HandshakeOptions): Promise<unknown> {
  const { clientName, resumeSessionId = null } = options
  const patience = { timeoutMs: Infinity }
  try {
    return await link.request('initialize', { clientName, resumeSessionId }, patience)
  } catch (error) {
    const isStrict = error instanceof RpcError && error.rpcCode === RPC_ERROR_NUMBERS.invalidParams
    if (!isStrict || resumeSessionId !== null) throw error
    return link.request('initialize', { clientName }, patience)
  }
}

function readGreeting(answer: unknown, resumed: string | undefined): ServerGreeting {
  const parsed = EXEC_METHODS.initialize.result.safeParse(answer)
  const { sessionId, protocolVersion, environmentInfo } = parsed.success ? parsed.data : {}
  if (sessionId === undefined && protocolVersion === undefined) {
    throw new ExecHandshakeError('the answer to initialize names neither a session nor a protocol version')
  }
  if (resumed !== undefined && sessionId !== resumed) {
    throw new ExecHandshakeError('the exec-server did not resume the session that was asked for')
  }
  return { version: sessionId === undefined ? 'v0' : 'current', sessionId, environmentInfo }
}
