// What reads a request, has it decided and makes the reply, in one piece that is loaded with the first request.
export { decide } from './decide.js'
export { readApprovalRequest } from './read-request.js'
export { cancelsByItself, toReply } from './reply.js'
