import type { CredentialKind } from './credentials.js'
import type { CodexHomeOrigin } from './paths.js'

/**
 * What there is to know about a Codex home without any value from it. Plain data: it can be logged and sent
 * on. Never holds a file's contents, a variable's value, or a whole path.
 */
export interface CodexHomeReport {
  /** Where the home lies; `undefined` when no path was given and the user has no folder. */
  readonly location: CodexHomeLocation | undefined
  /** Whether there is a folder or anything else at that place. */
  readonly exists: boolean
  readonly isFolder: boolean
  /** Whether it is a link; everything else is said of what the link leads to. */
  readonly isSymlink: boolean
  /** Whether this process may list and enter the folder. */
  readonly readable: boolean
  /** Whether this process may make files in the folder, without which Codex does not start. */
  readonly writable: boolean
  /** Permission bits in octal, for example `0700`; absent on Windows and where there is nothing. */
  readonly mode?: string
  /** The system's name for the failure, where the place could not be looked at. */
  readonly errno?: string
  readonly files: {
    readonly 'auth.json': CodexHomeFileReport
    readonly 'config.toml': CodexHomeFileReport
  }
  readonly credentials: CodexCredentialsReport
  /** What is wrong or unwise, in sentences for people. */
  readonly problems: readonly string[]
}

/** Where a home lies, without the names of the folders above it, which may be a user's. */
export interface CodexHomeLocation {
  readonly origin: CodexHomeOrigin
  /** Last name of the path. */
  readonly basename: string
  /** How many names the path has below its root: 3 for `/home/someone/.codex`. */
  readonly depth: number
}

/** What there is to know about one file without its contents. */
export interface CodexHomeFileReport {
  readonly present: boolean
  /** Whether it was read from beginning to end. */
  readonly readable: boolean
  readonly isSymlink?: boolean
  /** Whether a link leads out of the home; `prepareCodexHome` refuses such a file. */
  readonly leavesHome?: boolean
  /** Length in bytes. */
  readonly bytes?: number
  /** Permission bits in octal, for example `0600`; absent on Windows. */
  readonly mode?: string
  /** First 8 hexadecimal digits of the SHA-256 of the contents: enough to tell two files apart. */
  readonly fingerprint?: string
  /** Why it cannot be used, in words. */
  readonly problem?: string
}

/** Which credentials there are. Whether they are accepted, only a request shows. */
export interface CodexCredentialsReport {
  /** Kinds of credentials in `auth.json`. */
  readonly file: readonly CredentialKind[]
  /** Whether `auth.json` is a JSON object; Codex treats any other as missing. */
  readonly fileParses: boolean
  /** Whether `auth.json` holds a refresh token, which two processes cannot both use. */
  readonly hasRefreshToken: boolean
  /**
   * Names of the variables that are set and hold a credential, of `CODEX_API_KEY` (which `codex exec` reads
   * and the app-server does not), `CODEX_ACCESS_TOKEN`, and `OPENAI_API_KEY` (which neither reads by itself).
   */
  readonly environment: readonly string[]
  /** Whether `config.toml` names a provider, a profile or a credential store that may bring credentials. */
  readonly mayLieElsewhere: boolean
}
