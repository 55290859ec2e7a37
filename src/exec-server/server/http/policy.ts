import { InvalidInputError } from '../../../util/errors.js'
import { checkFunction, checkInteger, checkKnownKeys, checkOptions } from '../../../util/validate.js'

/** Longest body that is sent in one answer by default: 16 MiB. */
export const DEFAULT_MAX_HTTP_BODY_BYTES = 16 * 1024 * 1024

/** What clients may do with `http/request`, which reaches whatever this machine reaches. */
export interface HttpRequestOptions {
  /**
   * Says whether a URL may be asked for; each redirect is asked about anew. A throw or a rejection is a no, and so is no
   * answer by the end of the request's time.
   * @default every `http:` and `https:` URL
   */
  readonly allowUrl?: ((url: URL) => boolean | Promise<boolean>) | undefined
  /**
   * Names of variables of this process whose values clients may have put into headers without seeing them.
   * @default []
   */
  readonly headerVariables?: readonly string[] | undefined
  /** Longest body in bytes of an answer that is not streamed. @default DEFAULT_MAX_HTTP_BODY_BYTES */
  readonly maxBodyBytes?: number | undefined
}

/** {@link HttpRequestOptions}, checked and complete. */
export interface HttpPolicy {
  readonly allowUrl: (url: URL) => boolean | Promise<boolean>
  readonly headerVariables: ReadonlySet<string>
  readonly maxBodyBytes: number
}

const KNOWN: Readonly<Record<keyof HttpRequestOptions, true>> = {
  allowUrl: true,
  headerVariables: true,
  maxBodyBytes: true,
}

/** Checks the option `http`. Returns nothing when requests are not allowed. Throws `InvalidInputError`. */
export function checkHttpOptions(http: boolean | HttpRequestOptions | undefined): HttpPolicy | undefined {
  if (http === undefined || http === false) return undefined
  const options = http === true ? {} : http
  checkOptions('http', options)
  // A rule under a mistyped name would let everything pass.
  checkKnownKeys(options, KNOWN, 'http')
  const { allowUrl = () => true, headerVariables = [] } = options
  checkFunction('http.allowUrl', allowUrl)
  if (!Array.isArray(headerVariables) || headerVariables.some((name) => typeof name !== 'string')) {
    throw new InvalidInputError('http.headerVariables', headerVariables, 'a list of names')
  }
  return {
    allowUrl,
    headerVariables: new Set(headerVariables),
    maxBodyBytes: checkInteger(
      'http.maxBodyBytes',
      options.maxBodyBytes,
      DEFAULT_MAX_HTTP_BODY_BYTES,
      0,
      256 * 1024 * 1024,
    ),
  }
}
