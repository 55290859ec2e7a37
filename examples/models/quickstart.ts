import { item, type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/quickstart.ts`. */
export default function script(stub: ModelStub) {
  stub.enqueue(
    reply.items(
      [
        message('I will count its lines. ', 'That needs a command, ', 'so I ask first.'),
        item.execCommand('wc -l README.md', { escalate: 'It reads a file outside of the sandbox.' }),
      ],
      { pace: 80, usage: { inputTokens: 1_200, outputTokens: 48 } },
    ),
    reply.items([message('The readme ', 'fits on ', 'two screens.')], {
      pace: 80,
      usage: { inputTokens: 1_310, cachedInputTokens: 1_200, outputTokens: 9 },
    }),
  )
}

function message(...chunks: string[]) {
  return item.message(chunks.join(''), { chunks })
}
