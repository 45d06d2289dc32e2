/** Looking up one resource of a list, of which the input may not tell all. */
import { type Fact, factValue } from './fact.ts';
import type { CapturedResource, ListedResource } from './machine-capture.ts';

/**
 * The resource of a kernel index; undefined where there is none or none is known.
 * @param resources `resources` of a captured function
 */
export function resourceAt(resources: Fact<readonly ListedResource[]>, index: number): CapturedResource | undefined {
  const resource = factValue(resources)?.[index];
  return resource === 'unknown' ? undefined : resource;
}
