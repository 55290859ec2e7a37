import type { ConnectionOptions } from 'node:tls'

/** How a `wss:` connection is secured: these options of Node's `tls.connect`. */
export type WebSocketTlsOptions = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'checkServerIdentity'
  | 'key'
  | 'minVersion'
  | 'passphrase'
  | 'pfx'
  | 'rejectUnauthorized'
  | 'servername'
>

/** The names of all {@link WebSocketTlsOptions}. */
export const TLS_OPTION_NAMES: Readonly<Record<keyof WebSocketTlsOptions, true>> = {
  ca: true,
  cert: true,
  checkServerIdentity: true,
  key: true,
  minVersion: true,
  passphrase: true,
  pfx: true,
  rejectUnauthorized: true,
  servername: true,
}
