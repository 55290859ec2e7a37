import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
let code = ''
let files: string[] = []

beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export * from './src/rpc/index.ts'; export * from './src/framing/index.ts'`,
      resolveDir: root,
    },
    absWorkingDir: root,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'rpc',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  code = outputFiles[0]?.text ?? ''
  files = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>')
})

test('the core and the framing bundle for a browser and asks over a transport of the page, with no global of Node', async () => {
  // Only what every browser has.
  const page: Record<string, unknown> = {
    AbortController,
    AbortSignal,
    TextDecoder,
    performance,
    queueMicrotask,
    setTimeout,
    clearTimeout,
  }
  const result = await vm.runInNewContext(
    `${code}
    const listeners = []
    function end(other) {
      return {
        async start() { listeners[1 - other] = this },
        send(message) {
          const text = rpc.encodeMessage(message)
          queueMicrotask(() => listeners[other].onmessage(JSON.parse(text)))
        },
        async close() { this.onclose?.({ kind: 'local', message: 'closed' }) },
      }
    }
    (async () => {
      const client = new rpc.RpcPeer(end(1))
      const server = new rpc.RpcPeer(end(0))
      server.handle('double', async (n, { signal }) => (signal.aborted ? 0 : n * 2))
      await Promise.all([client.start(), server.start()])
      const seen = []
      const reader = new rpc.JsonLineReader({ message: (m) => seen.push(m), problem() {}, invalid() {} })
      reader.push(new Uint8Array([123, 34, 195, 169, 34, 58, 49, 125, 10]))
      const double = await client.request('double', 21, { timeoutMs: 1000 })
      const refused = await client.request('other').catch((error) => error.rpcCode)
      await client.close()
      await server.close()
      return JSON.stringify({ double, refused, seen })
    })()`,
    page,
  )
  expect(JSON.parse(result as string)).toEqual({ double: 42, refused: -32601, seen: [{ é: 1 }] })
})

test('its sources use no module and no global of Node', () => {
  expect(files).toContain('src/rpc/peer.ts')
  expect(files.filter((file) => !/^src\/(rpc|framing|util)\//.test(file))).toEqual([])
  for (const file of files) {
    const text = readFileSync(path.join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    expect(text, file).not.toMatch(/from '(?!\.)|import\('|\brequire\(/)
    expect(text, file).not.toMatch(/\b(?:process\.|Buffer\b|setImmediate\b|__dirname\b)/)
  }
})
