import { testMatrix } from './matrix.js'

testMatrix('ws')
