import { queryObjects } from 'node:v8'

/** How many objects of a class are alive, garbage not counted. */
export function countAlive(each: abstract new (...args: never[]) => object): number {
  return queryObjects(each, { format: 'count' })
}
