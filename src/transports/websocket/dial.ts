import { connect } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import { LONGEST_TIMER_MS } from '../../util/longest-timer.js'
import type { HandshakeHeaders } from './headers.js'
import { NodeSocket } from './node-socket.js'
import { readRefusal } from './refusal.js'
import type { SocketSettings } from './settings.js'
import type { MessageSocket, SocketSink } from './socket.js'
import type { WebSocketTarget } from './target.js'
import { TLS_OPTION_NAMES, type WebSocketTlsOptions } from './tls.js'

const TLS_NAMES = Object.keys(TLS_OPTION_NAMES) as readonly (keyof WebSocketTlsOptions)[]

/** What a connection is made of. */
export interface DialOptions {
  readonly target: WebSocketTarget
  readonly handshake: HandshakeHeaders
  readonly settings: SocketSettings
  readonly tls?: WebSocketTlsOptions | undefined
}

/** Connects with the package `ws`. Loaded with the first connection. */
export function dial(
  { target, handshake, settings, tls = {} }: DialOptions,
  sink: SocketSink,
): MessageSocket {
  const { socketPath } = target
  const options: ClientOptions & { readonly closeTimeout: number } = {
    ...(Object.fromEntries(
      TLS_NAMES.filter((name) => name in tls).map((name) => [name, tls[name]]),
    ) as object),
    headers: { ...handshake.headers },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: settings.maxMessageBytes,
    closeTimeout: Math.min(settings.closeTimeoutMs, LONGEST_TIMER_MS),
    // The address would have to be encoded to hold a path; a socket takes any path as it is.
    ...(socketPath === undefined ? {} : { createConnection: () => connect({ path: socketPath }) }),
  }
  return new NodeSocket(new WebSocket(target.address, options), sink, (response) =>
    readRefusal(response, target.label, handshake.redact),
  )
}
