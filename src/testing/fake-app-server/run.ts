import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidInputError } from '../../util/errors.js'
import { createFakeAppServer, type FakeAppServerScript } from './fake-app-server.js'

/**
 * Makes this process a fake app-server on its standard streams, so that clients of any language can be tested: they
 * start `node` with `-e "import('codex-conduit/testing').then((kit) => kit.runFakeAppServer('./script.js'))"`
 * in the place of `codex app-server`.
 *
 * Resolves when the client has ended its side. Rejects when the script cannot be loaded or fails, and with
 * `InvalidInputError` when the module has no script.
 *
 * @param modulePath - a module whose default export is the script; a file, relative to the working folder, or
 *   a URL. @default none: every turn says `ok`
 */
export async function runFakeAppServer(modulePath?: string | URL): Promise<void> {
  const script = modulePath === undefined ? undefined : await loadScript(modulePath)
  const fake = createFakeAppServer()
  try {
    await script?.(fake)
    await fake.listenStdio()
  } finally {
    await fake.close()
  }
}

async function loadScript(modulePath: string | URL): Promise<FakeAppServerScript> {
  const isUrl = modulePath instanceof URL || /^(file|data|node):/.test(modulePath)
  const url = isUrl ? String(modulePath) : pathToFileURL(resolve(modulePath)).href
  const { default: script } = (await import(url)) as { readonly default?: unknown }
  if (typeof script !== 'function') {
    throw new InvalidInputError('modulePath', script, 'a module whose default export is a function')
  }
  return script as FakeAppServerScript
}
