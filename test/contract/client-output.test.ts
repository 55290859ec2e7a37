import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { item, type ModelRequest, reply } from '../../src/testing/index.js'
import { type Bench, startBench } from './client-support.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench?.[Symbol.asyncDispose]())
beforeEach(() => bench.stub.reset())

const formatOf = (request: ModelRequest | undefined) =>
  (request?.body as { text?: { format?: Record<string, unknown> } } | undefined)?.text?.format

/** The smallest PNG. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe('an output schema', () => {
  const schema = z.object({ summary: z.string(), parts: z.array(z.object({ n: z.number() })) })

  it('reaches the model in strict form, and the answer comes back typed', async () => {
    const thread = await bench.codex.startThread()
    bench.stub.enqueue(
      reply.items([
        item.message('Let me think.', { phase: 'commentary' }),
        item.message('{"summary":"s","parts":[{"n":1}]}', { phase: 'final_answer' }),
      ]),
    )
    const { output } = await thread.run('summarise', { output: schema })
    const first: number | undefined = output.parts[0]?.n
    expect([output.summary, first]).toEqual(['s', 1])
    expect(formatOf(bench.stub.requests[0])).toMatchObject({
      type: 'json_schema',
      strict: true,
      schema: {
        type: 'object',
        additionalProperties: false,
        required: ['summary', 'parts'],
        properties: { parts: { items: { additionalProperties: false, required: ['n'] } } },
      },
    })
    expect(formatOf(bench.stub.requests[0])?.schema).not.toHaveProperty('$schema')
    await thread.run('and now freely')
    expect(formatOf(bench.stub.requests[1])).toBeUndefined()
  })

  it.each([
    ['is no JSON', 'Here you are: {}', /not valid JSON/],
    ['does not match', '{"summary":"s","parts":[{"n":"1"}]}', /at parts\.0\.n/],
  ])('makes the turn fail when the answer %s, and the text is kept', async (_what, answer, message) => {
    const thread = await bench.codex.startThread()
    bench.stub.enqueue(reply.text(answer))
    const result = await thread.stream('summarise', { output: schema }).result
    expect(result).toMatchObject({
      status: 'failed',
      text: answer,
      failure: { kind: 'backend-response-invalid', message: expect.stringMatching(message) },
    })
    expect(result.output).toBeUndefined()
  })

  it('that the provider would refuse is refused first, with the path, and nothing is sent', async () => {
    const thread = await bench.codex.startThread()
    const wrong = z.object({ a: z.object({ b: z.string().optional() }) })
    await expect(thread.run('x', { output: wrong })).rejects.toMatchObject({ option: 'output.a.b' })
    await expect(thread.run('x', { outputSchema: { type: 'object', properties: {} } })).rejects.toMatchObject(
      { option: 'outputSchema' },
    )
    await thread.run('fine')
    expect(bench.stub.requests.map((request) => request.userTexts())).toEqual([['fine']])
  })

  it('given as plain JSON schema reaches the model as it is', async () => {
    const thread = await bench.codex.startThread()
    const outputSchema = {
      type: 'object',
      properties: { n: { type: 'number' } },
      required: ['n'],
      additionalProperties: false,
    }
    bench.stub.enqueue(reply.text('{"n":1}'))
    const { text, output } = await thread.run('count', { outputSchema })
    expect([text, output]).toEqual(['{"n":1}', undefined])
    expect(formatOf(bench.stub.requests[0])?.schema).toEqual(outputSchema)
  })
})

it('images reach the model, from a file and from bytes', async () => {
  const thread = await bench.codex.startThread()
  const path = join(bench.workspace, 'pixel.png')
  await writeFile(path, PNG)
  await thread.run(['look', { type: 'localImage', path }, { type: 'imageData', data: PNG }])
  const content = bench.stub.requests[0]?.input.flatMap(
    (one) => (Array.isArray(one.content) ? one.content : []) as { type: string; image_url?: string }[],
  )
  const images = content?.filter((part) => part.type === 'input_image')
  expect(images).toHaveLength(2)
  for (const image of images ?? []) expect(image.image_url).toMatch(/^data:image\/png;base64,iVBOR/)
})

it('text with lone surrogates and with line separators reaches the model', async () => {
  const thread = await bench.codex.startThread()
  await thread.run('a\ud800b\u2028c\u0000d😀')
  expect(bench.stub.requests[0]?.lastUserText).toBe('a\ufffdb\u2028c\u0000d😀')
})
