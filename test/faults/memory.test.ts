import { testMatrix } from './matrix.js'

testMatrix('memory')
