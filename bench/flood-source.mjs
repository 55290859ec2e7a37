// Writes as many delta notifications as it is told, about 217 bytes each, some of them not ASCII.
const count = Number(process.argv[2])
const delta = (i) =>
  JSON.stringify({
    method: 'item/agentMessage/delta',
    params: {
      threadId: '01a1fbc1-43d2-7920-a312-9c0fbf563725',
      turnId: '01a1fbc1-43de-7931-969e-598bdb6b192f',
      itemId: 'msg_0a1b2c3d',
      delta: i % 8 === 0 ? ' größer, né?' : ' a few words',
    },
    emittedAtMs: 1_790_000_000_000 + i,
  })

let text = ''
for (let i = 0; i < count; i += 1) {
  text += `${delta(i)}\n`
  if (text.length > 60_000) {
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    text = ''
  }
}
process.stdout.write(text)
