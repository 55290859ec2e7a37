import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { installedCodex, readInstalledProtocol, withScratchFolder } from '../../scripts/generate/codex.js'
import { reachable } from '../../scripts/generate/definitions.js'
import { lineDifferences, manifestText } from '../../scripts/generate/manifest.js'
import { generatedModules } from '../../scripts/generate/output.js'
import { type Protocol, type ProtocolSource, readProtocol } from '../../scripts/generate/protocol.js'

const root = new URL('../../', import.meta.url)

let source: ProtocolSource
let protocol: Protocol

beforeAll(async () => {
  source = await readInstalledProtocol()
  protocol = readProtocol(source)
})

/** Runs the generator's check as a program of its own. */
async function check(...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('scripts/generate/main.ts', root))
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--check', ...flags], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, stdout, stderr }
}

/** Methods that the binary names when it is asked for one that it does not know. */
async function methodsOfRunningServer(): Promise<string[]> {
  const { path } = await installedCodex()
  return await withScratchFolder(async (home) => {
    const child = spawn(path, ['app-server'], {
      env: { ...process.env, CODEX_HOME: home },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const closed = once(child, 'close')
    // A server that is gone shows in the missing answer.
    child.stdin.on('error', () => undefined)
    let output = ''
    try {
      child.stdin.write('{"id":1,"method":"no/such/method","params":{}}\n')
      for await (const chunk of child.stdout.setEncoding('utf8')) {
        output += chunk
        // The server drops what it has not answered when its input ends.
        if (output.includes('\n')) child.stdin.end()
      }
    } finally {
      child.kill()
      await closed
    }
    const list = output.split('expected one of ')[1] ?? ''
    return [...list.matchAll(/`([^`]+)`/g)].flatMap(([, method]) => method ?? [])
  })
}

describe('the committed manifest', () => {
  test('equals what the pinned Codex generates', async () => {
    const committed = await readFile(new URL('protocol-manifest.json', root), 'utf8')

    expect(lineDifferences(committed, manifestText(protocol))).toEqual([])
    expect(JSON.parse(committed)).toHaveProperty('codexVersion', source.codexVersion)
  })

  test('passes the check of the command line', async () => {
    expect(await check()).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('fails the check line by line when it differs', async () => {
    const outdated = manifestText(protocol)
      .replace('"codexVersion": "', '"codexVersion": "0.')
      .replace(/^.*"turn\/start".*\n/m, '')
    const { code, stderr } = await withScratchFolder(async (folder) => {
      const path = join(folder, 'manifest.json')
      await writeFile(path, outdated)
      return await check('--manifest', path)
    })

    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining('run `npm run generate`'),
      `- "codexVersion": "0.${source.codexVersion}"`,
      `+ "codexVersion": "${source.codexVersion}"`,
      '+ "turn/start": ["TurnStartParams", "TurnStartResponse"]',
    ])
  })
})

describe('the generated modules', () => {
  test('are those of the pinned Codex', async () => {
    for (const [name, module] of generatedModules(protocol)) {
      const written = await readFile(new URL(`src/protocol/generated/${name}`, root), 'utf8')
      expect(written === module, `${name} is stale: run \`npm run generate\``).toBe(true)
    }
  })

  test('do not depend on the order in which the schema lists its types', () => {
    const { experimental } = source as { experimental: { definitions: Record<string, object> } }
    const { v2, ...types } = experimental.definitions
    const reverse = (group: object) => Object.fromEntries(Object.entries(group).reverse())
    const reversed = { definitions: { v2: reverse(v2 ?? {}), ...reverse(types) } }

    const other = readProtocol({ ...source, experimental: reversed })
    expect([...generatedModules(other)]).toEqual([...generatedModules(protocol)])
  })
})

describe('the methods', () => {
  test('are the 187 requests that the running server names', async () => {
    const methods = protocol.clientRequests.map(({ method }) => method)

    expect(methods).toHaveLength(187)
    expect(methods).toEqual((await methodsOfRunningServer()).sort())
  })

  test('are 11 requests of the server, 88 notifications of it and one of the client', () => {
    expect(protocol.serverRequests).toHaveLength(11)
    expect(protocol.serverNotifications).toHaveLength(88)
    expect(protocol.clientNotifications).toHaveLength(1)
  })

  test('use every result type of the schema', () => {
    const results = [...protocol.clientRequests, ...protocol.serverRequests].map(({ result }) => result)
    const known = new Set(reachable(protocol.definitions, results))
    const unused = [...protocol.definitions.keys()].filter(
      (name) => name.endsWith('Response') && !known.has(name),
    )

    expect(unused).toEqual(['JSONRPCResponse'])
  })
})
