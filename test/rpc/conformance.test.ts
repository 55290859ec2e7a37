import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { RpcError, RpcPeer } from '../../src/rpc/index.js'
import { streams } from '../../src/transports/streams.js'

/**
 * The worked examples of the JSON-RPC 2.0 specification, section 7, over text, one message a line. The peer is
 * the server; what it says in `message` may be longer than in the specification, and the answers of a batch may
 * come in any order, as the specification allows.
 */
async function serve() {
  const input = new PassThrough()
  const output = new PassThrough()
  const server = new RpcPeer(streams({ readable: input, writable: output, invalidJson: 'report' }))
  onTestFinished(() => server.close())
  server.handle('subtract', (params) => {
    const [minuend, subtrahend] = Array.isArray(params)
      ? (params as number[])
      : [
          (params as Record<string, number>).minuend as number,
          (params as Record<string, number>).subtrahend as number,
        ]
    return (minuend as number) - (subtrahend as number)
  })
  server.handle('sum', (params) => (params as number[]).reduce((sum, n) => sum + n, 0))
  server.handle('get_data', () => ['hello', 5])
  server.handle('refuses', () => {
    throw RpcError.invalidParams('bad')
  })
  await server.start()
  const lines = createInterface({ input: output })[Symbol.asyncIterator]()
  const nextLine = async () => JSON.parse((await lines.next()).value as string) as unknown
  return async (line: string): Promise<unknown> => {
    // What follows shows when nothing more is to come.
    input.write(`${line}\n{"id":"sentinel","method":"get_data"}\n`)
    const answer = await nextLine()
    if ((answer as { id?: unknown }).id === 'sentinel') return undefined
    expect(await nextLine()).toMatchObject({ id: 'sentinel' })
    return answer
  }
}

const INVALID = { jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request' }, id: null }

const EXAMPLES: readonly [title: string, request: string, response: unknown][] = [
  [
    'a call with positional parameters',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    { jsonrpc: '2.0', result: 19, id: 1 },
  ],
  [
    'a call with positional parameters, the other way round',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    { jsonrpc: '2.0', result: -19, id: 2 },
  ],
  [
    'a call with named parameters',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    { jsonrpc: '2.0', result: 19, id: 3 },
  ],
  [
    'a call with named parameters, in another order',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    { jsonrpc: '2.0', result: 19, id: 4 },
  ],
  [
    'a notification with parameters',
    '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}',
    undefined,
  ],
  ['a notification without parameters', '{"jsonrpc": "2.0", "method": "foobar"}', undefined],
  [
    'a call of a method that does not exist',
    '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
    { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id: '1' },
  ],
  [
    'a call with invalid JSON',
    '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    { jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null },
  ],
  ['a call that is no valid request object', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', INVALID],
  [
    'a batch with invalid JSON',
    '[ {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method" ]',
    { jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null },
  ],
  ['an empty batch', '[]', INVALID],
  ['an invalid batch that is not empty', '[1]', [INVALID]],
  ['an invalid batch of three', '[1,2,3]', [INVALID, INVALID, INVALID]],
  [
    'a batch of calls, notifications and nonsense',
    `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
      {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`.replaceAll('\n', ' '),
    [
      { jsonrpc: '2.0', result: 7, id: '1' },
      { jsonrpc: '2.0', result: 19, id: '2' },
      INVALID,
      { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id: '5' },
      { jsonrpc: '2.0', result: ['hello', 5], id: '9' },
    ],
  ],
  [
    'a batch of notifications',
    '[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]}, {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]',
    undefined,
  ],
]

test.each(EXAMPLES)('%s is answered as the specification shows', async (_, request, response) => {
  const ask = await serve()
  expect(comparable(await ask(request))).toEqual(comparable(response))
})

test('one connection answers all of them', async () => {
  const ask = await serve()
  for (const [, request, response] of EXAMPLES) {
    expect(comparable(await ask(request))).toEqual(comparable(response))
  }
})

test('an error response carries no result and a result no error', async () => {
  const ask = await serve()
  expect(Object.keys((await ask('{"id":1,"method":"refuses"}')) as object).sort()).toEqual([
    'error',
    'id',
    'jsonrpc',
  ])
  expect(Object.keys((await ask('{"id":1,"method":"sum","params":[]}')) as object).sort()).toEqual([
    'id',
    'jsonrpc',
    'result',
  ])
})

/** Cuts error messages to the specification's sentence and sorts the answers of a batch. */
function comparable(response: unknown): unknown {
  if (Array.isArray(response)) {
    return response.map((one) => JSON.stringify(comparable(one))).sort()
  }
  const { error, ...rest } = (response ?? {}) as { error?: { code: number; message: string }; id?: unknown }
  return {
    ...Object.fromEntries(Object.entries(rest).sort()),
    ...(error ? { error: { code: error.code, message: error.message.replace(/:.*/, '') } } : {}),
  }
}
