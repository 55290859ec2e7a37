import type { ExecParams, ExecResult } from '../protocol/index.js'
import { type ConnectionRequestOptions, checkRequestOptions, type ExecConnection } from './connection.js'
import { checkMethod } from './dialect.js'
import { toPlace } from './places.js'

/** Options of a request about the environment. */
export type EnvironmentOptions = Pick<ConnectionRequestOptions, 'signal' | 'timeoutMs'>

/** What a server tells about its machine. Every method rejects as `ExecServerClient.request` does. */
export class ExecEnvironment {
  readonly #connection: ExecConnection

  constructor(connection: ExecConnection) {
    this.#connection = connection
  }

  /** Shell, folders, system and abilities of the machine, as of now. */
  async info(options: EnvironmentOptions = {}): Promise<ExecResult<'environment/info'>> {
    this.#check('environment/info', options)
    return this.#connection.request('environment/info', {}, options)
  }

  /** Whether the machine is ready. */
  async status(options: EnvironmentOptions = {}): Promise<ExecResult<'environment/status'>> {
    this.#check('environment/status', options)
    return this.#connection.request('environment/status', {}, options)
  }

  /** The Codex configuration that holds in a folder, for the settings that are named. */
  async readConfig(
    params: ExecParams<'environmentConfig/read'>,
    options: EnvironmentOptions = {},
  ): Promise<ExecResult<'environmentConfig/read'>> {
    return this.#connection.request(
      'environmentConfig/read',
      this.#in('environmentConfig/read', params, options),
      options,
    )
  }

  /** The plugins and skills that hold in a folder. */
  async discover(
    params: ExecParams<'capabilities/discoverV2'>,
    options: EnvironmentOptions = {},
  ): Promise<ExecResult<'capabilities/discoverV2'>> {
    return this.#connection.request(
      'capabilities/discoverV2',
      this.#in('capabilities/discoverV2', params, options),
      options,
    )
  }

  #in<P extends { readonly cwd: string }>(method: string, params: P, options: EnvironmentOptions): P {
    this.#check(method, options)
    return { ...params, cwd: toPlace('cwd', params.cwd, this.#connection.greeting.version) }
  }

  #check(method: string, options: EnvironmentOptions): void {
    checkRequestOptions(options)
    checkMethod(this.#connection.greeting.version, method)
  }
}
