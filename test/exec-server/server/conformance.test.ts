import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pathToUri } from '../../../src/exec-server/index.js'
import { base64, ourServer, type RawClient, type RawMessage, realServer, startParams } from '../support.js'

/** Does the same with the real server and with ours, and compares what was seen. */
async function compare(scenario: (client: RawClient) => Promise<unknown>): Promise<unknown> {
  const [real, ours] = await Promise.all([scenario(await realServer()), scenario(ourServer())])
  expect(ours).toEqual(real)
  return ours
}

/** An answer without what differs by nature: the words about a malformed field. */
function essence({ id, result, error }: RawMessage): unknown {
  if (error?.code !== -32602 || error.message.startsWith('missing field')) return { id, result, error }
  const isAboutTypes = /invalid type|unknown variant|invalid number|[Ii]nvalid symbol|base64/.test(
    error.message,
  )
  return { id, error: isAboutTypes ? { code: error.code } : error }
}

/** Calls one after the other; the answers. */
async function calls(client: RawClient, list: readonly (readonly [string, unknown?])[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const [method, params] of list) answers.push(essence(await client.call(method, params)))
  return answers
}

/** What a process did: its output joined by stream, its end, and whether the numbers have a gap. */
async function story(client: RawClient, processId: string): Promise<unknown> {
  await client.until(({ method, params }) => method === 'process/closed' && params.processId === processId)
  const about = client.messages.filter(({ params }) => params?.processId === processId)
  // The real one does not always send in the order of the numbers.
  const ordered = about.toSorted((one, other) => one.params.seq - other.params.seq)
  const output: Record<string, string> = {}
  for (const { method, params } of ordered) {
    if (method !== 'process/output') continue
    output[params.stream] = (output[params.stream] ?? '') + Buffer.from(params.chunk, 'base64').toString()
  }
  const exited = about.find(({ method }) => method === 'process/exited')?.params
  return {
    output,
    exitCode: exited.exitCode,
    sandboxDenied: exited.sandboxDenied,
    isWhole: ordered.every(({ params }, index) => params.seq === index + 1),
    last: about.at(-1)?.method,
  }
}

const start = (processId: string, argv: string[], more: object = {}) =>
  ['process/start', { ...startParams(processId, argv), ...more }] as const
const sh = (processId: string, script: string, more: object = {}) =>
  start(processId, ['/bin/sh', '-c', script], more)

describe('our server answers as the real one does', () => {
  it('before, during and after the handshake', async () => {
    await compare(async (client) => {
      const asked = [
        ['process/read', { processId: 'x' }],
        ['fs/readFile', { path: 'file:///x' }],
        ['environment/info'],
        ['environment/status'],
        ['http/request', {}],
        ['bogus/x', {}],
      ] as const
      const before = await calls(client, asked)
      const refused = await calls(client, [
        ['initialize', {}],
        ['initialize', { clientName: 'p', resumeSessionId: 'nope' }],
      ])
      const { result } = await client.call('initialize', { clientName: 'p', resumeSessionId: null })
      const between = await calls(client, [...asked, ['initialize', { clientName: 'p' }]])
      client.line('{"method":"initialized"}')
      client.line('{"method":"initialized"}')
      const after = await calls(client, [
        ['environment/status'],
        ['environment/status', null],
        ['environment/info', 5],
        ['process/read', { processId: 'x' }],
        ['process/read'],
        ['process/read', {}],
        ['process/read', { processId: 5 }],
      ])
      const { environmentInfo, ...session } = result
      return {
        ...{ before, refused, between, after },
        keys: Object.keys(environmentInfo).sort(),
        capabilities: Object.keys(environmentInfo.capabilities).sort(),
        session: Object.keys(session),
      }
    })
  })

  it('to messages that are none', async () => {
    const lines = ['{bad json', '[1,2]', '[]', '5', '"x"', 'null', '{}', '{"id":4}', '{"method":5}']
    const ids = ['null', '1.5', 'true', '9223372036854775808']
    await compare(async (client) => {
      const asked = [...lines, ...ids.map((id) => `{"id":${id},"method":"environment/info"}`)]
      client.line('')
      for (const line of asked) client.line(line)
      client.line('{"jsonrpc":"2.0","trace":{"x":1},"foo":1,"id":"last","method":"environment/status"}')
      await client.until(({ id }) => id === 'last')
      const answers = client.messages.map(({ id, error }) => ({ id, code: error?.code }))
      expect(answers).toHaveLength(asked.length + 1)
      return answers
    })
  })

  it.each([
    ['an `initialized` that comes first', '{"method":"initialized"}'],
    ['any other notification', '{"method":"foo"}'],
    ['a result that nobody asked for', '{"id":4,"result":null}'],
    ['an error that nobody asked for', '{"id":4,"error":{"code":1,"message":"x"}}'],
  ])('by ending the connection at %s', async (_, line) => {
    await compare(async (client) => {
      client.line(line)
      // Would be answered if the connection lived on. The real one exits when its input ends as well.
      client.line('{"id":1,"method":"initialize","params":{"clientName":"p"}}')
      client.end()
      await client.ended()
      return client.messages
    })
  })

  it('to starts that cannot be done', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'conduit-exec-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'plain'), 'x')
    await writeFile(join(folder, 'script'), 'echo ran\n', { mode: 0o755 })
    const cwd = pathToUri(folder)
    const at = (place: string) => start('p', ['/bin/true'], { cwd: place })
    await compare(async (client) => {
      await client.shakeHands()
      const answers = await calls(client, [
        start('p', []),
        start('p', ['']),
        start('p', ['/nonexistent']),
        start('p', ['nonexistent']),
        start('p', ['./plain'], { cwd }),
        start('p', ['./script'], { cwd }),
        start('p', ['/bin/tr\0ue']).map((part) => part) as unknown as [string, unknown],
        ...['/tmp', '', 'http://x/tmp', 'file:///tmp?x', 'file:///tmp#x', 'file:///tmp/%00'].map(at),
        ...[`${cwd}/none`, `${cwd}/plain`].map(at),
        start('p', ['/bin/true'], { env: undefined }),
        start('p', ['/bin/true'], { tty: undefined }),
        start('p', ['/bin/true'], { env: { A: 1 } }),
        start('p', ['/bin/true'], { sandbox: {} }),
        start('p', ['/bin/true'], { envPolicy: { inherit: 'none' } }),
        start('p', ['/bin/true'], { pipeStdin: null }),
        // The id is still free.
        start('p', ['/bin/true'], { cwd: 'file://localhost/tmp', sandbox: null, arg0: null }),
        start('p', ['/bin/true']),
      ])
      return [answers, await story(client, 'p')]
    })
  })

  it('about what processes do', async () => {
    await compare(async (client) => {
      await client.shakeHands()
      const answers = await calls(client, [
        sh('code', 'echo out; echo err >&2; exit 3'),
        sh('name', 'echo $0', { arg0: 'zero' }),
        sh('killed', 'kill -9 $$'),
        sh('term', 'kill -15 $$'),
        sh('input', 'cat'),
        sh('leader', 'ps -o sid=,pgid=,pid= -p $$ | tr -s " " "\\n" | sort -u | wc -l'),
        start('', ['true'], { env: {} }),
      ])
      const ids = ['code', 'name', 'killed', 'term', 'input', 'leader', '']
      return [answers, await Promise.all(ids.map((id) => story(client, id)))]
    })
  })

  it('about environments', async () => {
    const env = { PATH: '/usr/bin:/bin', OVER: '1' }
    const policy = (more: object) => ({
      env,
      envPolicy: {
        inherit: 'all',
        ignoreDefaultExcludes: true,
        exclude: [],
        set: {},
        includeOnly: [],
        ...more,
      },
    })
    const server = {
      ...{
        HOME: '/h',
        LANG: 'C',
        LC_ALL: 'C',
        LC_CTYPE: 'C',
        LC_MESSAGES: 'C',
        LOGNAME: 'l',
        SHELL: '/bin/sh',
      },
      ...{
        TEMP: '/t',
        TMP: '/t',
        TMPDIR: '/tmp',
        USER: 'u',
        USERNAME: 'u',
        TZ: 'Z',
        TERM: 'x',
        foo1: 'a',
        FOO2: 'b',
      },
      ...{ MY_KEY: '1', A_SECRET_B: '2', tokens: '3', PATH: '/usr/bin:/bin' },
    }
    const scenario = async (client: RawClient) => {
      await client.shakeHands()
      const cases = [
        { env },
        policy({ inherit: 'none' }),
        policy({ inherit: 'core', set: { S: 'v' } }),
        policy({ includeOnly: ['s_*', 'foo?', 'HO*'], set: { S_TOKEN: 'v' } }),
        policy({
          ignoreDefaultExcludes: false,
          exclude: ['F*'],
          set: { FZ: '1', S_TOKEN: '2' },
          includeOnly: ['*o*', '*K*'],
        }),
        policy({
          inherit: 'none',
          exclude: ['[Q]*'],
          set: { QQ: '1', '[Q]Z': 'x' },
          includeOnly: ['q*', '!*', '[Q]*'],
        }),
      ]
      const told: unknown[] = []
      for (const [index, more] of cases.entries()) {
        await client.call(...start(`e${index}`, ['env'], more))
        const { output } = (await story(client, `e${index}`)) as { output: { stdout: string } }
        told.push(output.stdout.split('\n').sort())
      }
      return told
    }
    const codexEnv = { ...server, CODEX_HOME: '/nonexistent' }
    const [real, ours] = await Promise.all([
      scenario(await realServer(codexEnv)),
      scenario(ourServer({ env: { ...process.env, ...codexEnv } })),
    ])
    expect(ours).toEqual(real)
  })

  it('about terminals', async () => {
    await compare(async (client) => {
      await client.shakeHands()
      const answers = await calls(client, [
        sh('size', 'stty size; tty >/dev/null && echo tty; echo "[$TERM]"; read x; echo got $x; exit 5', {
          tty: true,
        }),
        sh('killed', 'kill -9 $$', { tty: true }),
        start('name', ['/bin/sh', '-c', 'echo $0; exit 0'], { tty: true, arg0: 'sh' }),
        start('cat', ['cat'], { tty: true }),
      ])
      // Before that the terminal would echo the input in between.
      const isAsking = ({ params }: RawMessage) => Buffer.from(params?.chunk ?? '', 'base64').includes('[]')
      await client.until(isAsking)
      const writes = await calls(client, [
        ['process/write', { processId: 'size', chunk: base64('hi\n'), writeId: '1' }],
        ['process/write', { processId: 'cat', chunk: base64('\x04'), writeId: '1' }],
      ])
      return [
        answers,
        writes,
        await Promise.all(['size', 'killed', 'name', 'cat'].map((id) => story(client, id))),
      ]
    })
  })

  it('to writes', async () => {
    await compare(async (client) => {
      await client.shakeHands()
      const write = (processId: string, text: string, writeId?: string) =>
        ['process/write', { processId, chunk: base64(text), writeId }] as const
      const answers = await calls(client, [
        start('cat', ['cat'], { pipeStdin: true }),
        start('sleep', ['sleep', '100']),
        write('cat', 'one\n', 'w1'),
        write('cat', 'one\n', 'w1'),
        write('cat', 'two\n'),
        write('cat', 'two\n', ''),
        ['process/write', { processId: 'cat', chunk: '@@', writeId: 'w2' }],
        write('nobody', 'x', 'w2'),
        write('cat', '', 'w3'),
        write('sleep', 'x', 'w1'),
        write('cat', 'three\n', 'w4'),
      ])
      const heard = () =>
        Buffer.concat(
          client.messages
            .filter(({ method }) => method === 'process/output')
            .toSorted((one, other) => one.params.seq - other.params.seq)
            .map(({ params }) => Buffer.from(params.chunk, 'base64')),
        ).toString()
      await client.until(() => heard() === 'one\nthree\n')
      const ends = await calls(client, [
        ['process/signal', { processId: 'cat', signal: 'interrupt' }],
        ['process/signal', { processId: 'nobody', signal: 'interrupt' }],
        ['process/signal', { processId: 'nobody', signal: 'kill' }],
        ['process/terminate', { processId: 'sleep' }],
        ['process/terminate', { processId: 'nobody' }],
      ])
      const stories = await Promise.all(['cat', 'sleep'].map((id) => story(client, id)))
      const late = await calls(client, [
        write('cat', 'late', 'w5'),
        ['process/signal', { processId: 'cat', signal: 'interrupt' }],
        ['process/terminate', { processId: 'cat' }],
        start('cat', ['true']),
      ])
      return [answers, ends, stories, late]
    })
  })

  it('to reads', async () => {
    await compare(async (client) => {
      await client.shakeHands()
      const read = (more: object) => ['process/read', { processId: 'r', ...more }] as const
      await client.call(...start('r', ['cat'], { pipeStdin: true }))
      const none = await calls(client, [read({}), read({ waitMs: 20 })])
      for (const [index, text] of ['one\n', 'two\n'].entries()) {
        await client.call('process/write', { processId: 'r', chunk: base64(text), writeId: `${index}` })
        await client.until(({ method, params }) => method === 'process/output' && params.seq === index + 1)
      }
      const some = await calls(client, [
        read({}),
        read({ afterSeq: 1 }),
        read({ afterSeq: 99 }),
        read({ maxBytes: 0 }),
        read({ maxBytes: 7 }),
        read({ maxBytes: 8 }),
        read({ afterSeq: 2, maxBytes: 8 }),
        read({ afterSeq: null, maxBytes: null, waitMs: null }),
        read({ afterSeq: -1 }),
        read({ afterSeq: 'x' }),
        read({ waitMs: 5_000 }),
      ])
      await client.call('process/signal', { processId: 'r', signal: 'interrupt' })
      await story(client, 'r')
      const ended = await calls(client, [
        read({}),
        read({ afterSeq: 2, waitMs: 5_000 }),
        read({ afterSeq: 99, waitMs: 5_000 }),
        read({ maxBytes: 1 }),
      ])
      return [none, some, ended]
    })
  })

  it('a grandchild that holds the output delays `closed`, and outlives the leader', async () => {
    await compare(async (client) => {
      await client.shakeHands()
      await client.call(...sh('p', '(read x <&3; echo late) 3<&0 & echo early', { pipeStdin: true }))
      await client.until(({ method }) => method === 'process/exited')
      await client.until(({ method }) => method === 'process/output')
      const between = await calls(client, [
        ['process/terminate', { processId: 'p' }],
        ['process/read', { processId: 'p', afterSeq: 2, waitMs: 20 }],
      ])
      await client.call('process/write', { processId: 'p', chunk: base64('go\n'), writeId: '1' })
      return [between.slice(0, 1), await story(client, 'p')]
    })
  })
})

describe('our server does with files what the real one does', () => {
  /** Each gets a folder of its own; its name is taken out of the answers. */
  async function inFolder(
    client: RawClient,
  ): Promise<{ uri: (path?: string) => string; plain: (value: unknown) => unknown }> {
    const folder = await mkdtemp(join(tmpdir(), 'conduit-exec-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await mkdir(join(folder, 'dir/sub'), { recursive: true })
    await mkdir(join(folder, '.hid'))
    await writeFile(join(folder, 'file'), 'hi\n')
    await writeFile(join(folder, 'dir/a b'), 'a')
    await writeFile(join(folder, 'dir/sub/b'), 'b')
    await writeFile(join(folder, '.hid/c'), 'c')
    await symlink('file', join(folder, 'link'))
    await symlink('nowhere', join(folder, 'dangling'))
    await symlink('dir', join(folder, 'dlink'))
    await symlink('..', join(folder, 'dir/up'))
    await client.shakeHands()
    return {
      uri: (path = '') => `${pathToUri(folder)}${path && `/${path}`}`,
      plain: (value) => JSON.parse(JSON.stringify(value).replaceAll(folder, 'FOLDER')),
    }
  }

  /** Entries come in the order of the file system. */
  function sorted(answer: unknown): unknown {
    const { result } = answer as { result?: { entries?: { fileName: string }[] } }
    result?.entries?.sort((one, other) => (one.fileName < other.fileName ? -1 : 1))
    return answer
  }

  it('when it reads and writes them', async () => {
    await compare(async (client) => {
      const { uri, plain } = await inFolder(client)
      const read = (path: string) => ['fs/readFile', { path }] as const
      const write = (path: string, dataBase64: string) =>
        ['fs/writeFile', { path: uri(path), dataBase64 }] as const
      const answers = await calls(client, [
        ...['file', 'link', 'dangling', 'none', 'dir', 'file/x'].map((path) => read(uri(path))),
        ...['/tmp', 'file:///dev/null'].map(read),
        ['fs/readFile', {}],
        ['fs/readFile', { path: uri('file'), sandbox: { foo: 1 } }],
        write('new', base64('hello')),
        read(uri('new')),
        write('new', base64('hi')),
        read(uri('new')),
        write('empty', ''),
        read(uri('empty')),
        write('dir', base64('x')),
        write('nodir/x', base64('x')),
      ])
      const malformed = await client.call('fs/writeFile', { path: uri('new'), dataBase64: '!!' })
      return plain([answers, malformed.error?.code])
    })
  })

  it('when it looks at them', async () => {
    await compare(async (client) => {
      const { uri, plain } = await inFolder(client)
      const onAll = (method: string, paths: readonly string[]) =>
        paths.map((path) => [method, { path: uri(path), sandbox: null }] as const)
      const facts: RawMessage[] = []
      for (const [method, params] of onAll('fs/getMetadata', [
        'file',
        'link',
        'dangling',
        'dlink',
        'none',
        'dir',
      ])) {
        facts.push(await client.call(method, params))
      }
      const times = facts.map(({ result }) => typeof result?.modifiedAtMs)
      const still = facts.map(({ result, error }) => ({
        error,
        ...result,
        createdAtMs: 0,
        modifiedAtMs: 0,
        size: result?.isFile && result.size,
      }))
      const answers = await calls(client, [
        ...onAll('fs/canonicalize', ['dlink/../file', 'dlink/a%20b', 'none', 'dir/']),
        ...onAll('fs/readDirectory', ['', 'dir', 'file', 'none']),
      ])
      return plain([times, still, answers.map(sorted)])
    })
  })

  it('when it walks through folders', async () => {
    await compare(async (client) => {
      const { uri, plain } = await inFolder(client)
      const limits = { maxDepth: 5, maxDirectories: 100, maxEntries: 100, followDirectorySymlinks: false }
      const walk = (path: string, more: object = {}) =>
        ['fs/walk', { path: uri(path), options: { ...limits, ...more } }] as const
      return plain(
        await calls(client, [
          walk(''),
          walk('', { followDirectorySymlinks: true }),
          walk('', { pruneHiddenDirectories: true }),
          walk('', { maxDepth: 0 }),
          walk('', { maxDepth: 1 }),
          walk('', { maxEntries: 3 }),
          walk('', { maxEntries: 9 }),
          walk('', { maxDirectories: 2 }),
          walk('', { maxDirectories: 0 }),
          walk('', { maxEntries: 50_001 }),
          walk('file'),
          walk('none'),
          ['fs/walk', { path: uri() }],
        ]),
      )
    })
  })

  it('when it makes, copies and removes them', async () => {
    await compare(async (client) => {
      const { uri, plain } = await inFolder(client)
      const on = (method: string, path: string, more: object = {}) =>
        [method, { path: uri(path), ...more }] as const
      const copy = (from: string, to: string, recursive?: boolean) =>
        ['fs/copy', { sourcePath: uri(from), destinationPath: uri(to), recursive }] as const
      const tree = on('fs/walk', '', {
        options: { maxDepth: 9, maxDirectories: 100, maxEntries: 100, followDirectorySymlinks: false },
      })
      return plain(
        await calls(client, [
          on('fs/createDirectory', 'x/y/z'),
          on('fs/createDirectory', 'x', { recursive: false }),
          on('fs/createDirectory', 'x', { recursive: true }),
          on('fs/createDirectory', 'file', { recursive: true }),
          on('fs/createDirectory', 'q/r', { recursive: false }),
          copy('dir', 'dir2', false),
          copy('dir', 'dir2', true),
          copy('dir', 'dir2', true),
          copy('dir', 'dir/in', true),
          copy('dir', 'dlink/in', true),
          copy('file', 'file2', false),
          copy('file2', 'dir/a b', false),
          copy('none', 'file3', false),
          copy('link', 'link2', false),
          copy('file', 'dir', false),
          copy('file', 'file4'),
          on('fs/getMetadata', 'link2').map((part) => part) as unknown as [string, unknown],
          tree,
          on('fs/remove', 'dir2', { recursive: false }),
          on('fs/remove', 'dir2'),
          on('fs/remove', 'none'),
          on('fs/remove', 'none', { force: false }),
          on('fs/remove', 'file2', { force: false, recursive: false }),
          on('fs/remove', 'dlink'),
          on('fs/remove', 'x/y', { recursive: true, force: false }),
          tree,
        ]).then((answers) =>
          answers.map((answer) => {
            const { result } = answer as { result?: Record<string, unknown> }
            return result && 'modifiedAtMs' in result ? result.isSymlink : answer
          }),
        ),
      )
    })
  })

  it('through handles', async () => {
    await compare(async (client) => {
      const { uri, plain } = await inFolder(client)
      const open = (handleId: string, path: string, mode?: string) =>
        ['fs/open', { handleId, path: uri(path), mode }] as const
      const read = (handleId: string, offset: number, len: number) =>
        ['fs/readBlock', { handleId, offset, len }] as const
      const write = (handleId: string, offset: number, text: string) =>
        ['fs/writeBlock', { handleId, offset, chunk: base64(text) }] as const
      const close = (handleId: string) => ['fs/close', { handleId }] as const
      const answers = await calls(client, [
        open('h', 'file'),
        open('h', 'file'),
        open('i', 'none'),
        open('i', 'dir'),
        open('i', 'file', 'foo'),
        read('h', 0, 2),
        read('h', 2, 2),
        read('h', 0, 3),
        read('h', 30, 3),
        read('h', 0, 0),
        read('h', 0, 1_048_577),
        read('zz', 0, 1),
        open('w', 'repl', 'replace'),
        write('w', 0, 'hello'),
        write('w', 10, 'x'),
        write('w', 2, ''),
        close('w'),
        close('w'),
        ['fs/readFile', { path: uri('repl') }],
        open('v', 'repl', 'replace'),
        ['fs/readFile', { path: uri('repl') }],
        read('v', 0, 1),
        write('v', 0, 'x'),
        open('w', 'dir', 'replace'),
        open('w', 'nodir/x', 'replace'),
        open('', 'file'),
        close('h'),
        read('h', 0, 1),
      ])
      const many = await calls(
        client,
        Array.from({ length: 130 }, (_, index) => open(`many${index}`, 'file')),
      )
      const refused = many.filter((answer) => (answer as RawMessage).error)
      return plain([answers, refused.length, refused.map((answer) => (answer as RawMessage).error?.code)])
    })
  })

  it('when it watches for missing ones', async () => {
    await compare(async (client) => {
      const { uri } = await inFolder(client)
      const watch = async (watchId: number, missing: string[], present: string | null = null) => {
        const params = { watchId, missing: missing.map(uri), present: present === null ? null : uri(present) }
        return essence(await client.call('fs/watchMissing', params))
      }
      const fired = (watchId: number) =>
        client.until(({ method, params }) => method === 'fs/missingChanged' && params.watchId === watchId)
      const write = (path: string) =>
        client.call('fs/writeFile', { path: uri(path), dataBase64: base64('xx') })
      const answers = [await watch(1, ['a1']), await watch(2, ['a2'])]
      // The older one was replaced.
      await write('a1')
      await write('a2')
      await fired(2)
      answers.push(await watch(2, ['a3']), await watch(3, ['a3', 'a1']), await watch(4, []))
      answers.push(await watch(5, ['x/y/z']))
      await client.call('fs/createDirectory', { path: uri('x') })
      await fired(5)
      answers.push(await watch(6, ['a3'], 'file'))
      await write('file')
      await fired(6)
      answers.push(await watch(7, ['a3'], 'file'))
      await client.call('fs/remove', { path: uri('file') })
      await fired(7)
      answers.push(await watch(8, ['a3'], 'gone'), await watch(10, ['b']), await watch(9, []))
      await write('b')
      await fired(10)
      const changes = client.messages.filter(({ method }) => method === 'fs/missingChanged')
      return [answers, changes.map(({ params }) => params)]
    })
  })
})
