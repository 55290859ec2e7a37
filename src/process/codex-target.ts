/** What the npm packages of Codex call a platform. */
export interface CodexTarget {
  /** The package that carries the binary. */
  readonly packageName: string
  /** The folder inside `vendor/`. */
  readonly triple: string
  /** File name of the binary. */
  readonly executable: string
}

const TRIPLES: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64': 'x86_64-pc-windows-msvc',
  'win32-arm64': 'aarch64-pc-windows-msvc',
}

/** The names for a platform, or `undefined` when no binary is published for it. */
export function codexTarget(platform: NodeJS.Platform, arch: string): CodexTarget | undefined {
  // The Linux binary is static and runs on Android as well.
  const name = `${platform === 'android' ? 'linux' : platform}-${arch}`
  const triple = TRIPLES[name]
  if (triple === undefined) return undefined
  return {
    packageName: `@openai/codex-${name}`,
    triple,
    executable: platform === 'win32' ? 'codex.exe' : 'codex',
  }
}
