import { realpath } from 'node:fs/promises'
import { RpcError } from '../../../rpc/errors.js'
import { decodeBase64, pathToUri, uriToPath } from '../../protocol/index.js'
import type { Connection } from '../connection-state.js'
import type { Handlers } from '../handlers.js'
import { checkFileSandbox } from '../sandbox.js'
import type { ServerSettings } from '../settings.js'
import { fileError } from '../system-error.js'
import { Confinement, LONGEST_PATH } from './confine.js'
import { openForReading, openForReplacing, readWholeFile, writeWholeFile } from './content.js'
import { copy } from './copy.js'
import { createDirectory, getMetadata, readDirectory, remove } from './folders.js'
import { checkPathCount } from './missing-watch.js'
import { walk } from './walk.js'

type FileMethod = Extract<keyof Handlers, `fs/${string}`>

/** The file operations: paths are converted, confined and held against their sandbox before anything is done. */
export function fileHandlers(settings: ServerSettings): Pick<Handlers, FileMethod> {
  const confinement = new Confinement(settings.roots)

  /** The path of a request, checked. A removal does not follow a link at its end. */
  const place = async (
    method: FileMethod,
    { path, sandbox }: { readonly path: string; readonly sandbox?: unknown },
    connection: Connection,
    isRemoval = false,
  ): Promise<string> => {
    const native = uriToPath(path, connection.acceptsNativePaths)
    await checkFileSandbox(settings.sandbox, method, sandbox, [native])
    await (isRemoval ? confinement.checkRemoval(native) : confinement.check(native))
    return native
  }

  return translated({
    'fs/readFile': async (params, connection) => {
      const bytes = await readWholeFile(
        await place('fs/readFile', params, connection),
        settings.maxReadFileBytes,
      )
      return { dataBase64: bytes.toString('base64') }
    },
    'fs/writeFile': async (params, connection) => {
      const bytes = decodeBase64(params.dataBase64)
      if (!bytes) throw RpcError.invalidRequest('fs/writeFile requires valid base64 dataBase64')
      await writeWholeFile(await place('fs/writeFile', params, connection), bytes)
      return {}
    },
    'fs/open': async (params, connection) => {
      const path = await place('fs/open', params, connection)
      const openFile = params.mode === 'replace' ? openForReplacing : openForReading
      await connection.files.open(params.handleId, () => openFile(path))
      return { handleId: params.handleId }
    },
    'fs/readBlock': async ({ handleId, offset, len, sandbox }, { files }) => {
      await checkFileSandbox(settings.sandbox, 'fs/readBlock', sandbox, [])
      return files.read(handleId, offset, len)
    },
    'fs/writeBlock': async ({ handleId, offset, chunk, sandbox }, { files }) => {
      await checkFileSandbox(settings.sandbox, 'fs/writeBlock', sandbox, [])
      await files.write(handleId, offset, chunk)
      return {}
    },
    'fs/close': async ({ handleId }, { files }) => {
      await files.close(handleId)
      return {}
    },
    'fs/createDirectory': async (params, connection) => {
      await createDirectory(await place('fs/createDirectory', params, connection), params.recursive ?? true)
      return {}
    },
    'fs/getMetadata': async (params, connection) =>
      getMetadata(await place('fs/getMetadata', params, connection)),
    'fs/canonicalize': async (params, connection) => {
      return { path: pathToUri(await realpath(await place('fs/canonicalize', params, connection))) }
    },
    'fs/readDirectory': async (params, connection) =>
      readDirectory(await place('fs/readDirectory', params, connection), confinement),
    'fs/walk': async (params, connection) =>
      walk(await place('fs/walk', params, connection), params.options, confinement),
    'fs/remove': async (params, connection) => {
      const path = await place('fs/remove', params, connection, true)
      await remove(path, params.recursive ?? true, params.force ?? true)
      return {}
    },
    'fs/copy': async ({ sourcePath, destinationPath, recursive, sandbox }, connection) => {
      const [source, destination] = [sourcePath, destinationPath].map((uri) =>
        uriToPath(uri, connection.acceptsNativePaths),
      ) as [string, string]
      await checkFileSandbox(settings.sandbox, 'fs/copy', sandbox, [source, destination])
      await confinement.checkEntry(source)
      await confinement.check(destination)
      await copy(source, destination, recursive, (path) => confinement.check(path))
      return {}
    },
    'fs/watchMissing': async ({ watchId, missing, present, sandbox }, connection) => {
      checkPathCount(missing.length)
      const path = (uri: string) => uriToPath(uri, connection.acceptsNativePaths)
      const there = present === null || present === undefined ? undefined : path(present)
      const paths = missing.map(path)
      await checkFileSandbox(settings.sandbox, 'fs/watchMissing', sandbox, there ? [...paths, there] : paths)
      const wanted = await possibleOnly(confinement, paths)
      if (there !== undefined) await confinement.check(there)
      return { watching: await connection.watch.watch({ watchId, missing: wanted, present: there }) }
    },
  })
}

/**
 * What lies outside never comes into being, as far as the client is concerned, and what is longer than any path never
 * does: to look for each of its parts could take for ever.
 */
async function possibleOnly(confinement: Confinement, all: readonly string[]): Promise<readonly string[]> {
  const paths = all.filter((path) => path.length <= LONGEST_PATH)
  if (!confinement.isLimited) return paths
  const inside = await Promise.all(paths.map((path) => confinement.contains(path).catch(() => false)))
  return paths.filter((_, index) => inside[index])
}

/** Turns what the system refuses into answers. */
function translated<H extends object>(handlers: H): H {
  const entries = Object.entries(handlers as Record<string, (...args: unknown[]) => Promise<unknown>>)
  return Object.fromEntries(
    entries.map(([method, handle]) => [
      method,
      async (...args: unknown[]) => {
        try {
          return await handle(...args)
        } catch (error) {
          throw fileError(error)
        }
      },
    ]),
  ) as H
}
