/** The text of each delta, some of it not ASCII. */
export const deltaText = (i) => (i % 8 === 0 ? ' größer, né?' : ' a few words')

/** A notification as Codex sends it while its model writes, 217 bytes as JSON. */
export const deltaMessage = (i) => ({
  method: 'item/agentMessage/delta',
  params: {
    threadId: '01a1fbc1-43d2-7920-a312-9c0fbf563725',
    turnId: '01a1fbc1-43de-7931-969e-598bdb6b192f',
    itemId: 'msg_0a1b2c3d',
    delta: deltaText(i),
  },
  emittedAtMs: 1_790_000_000_000 + i,
})
