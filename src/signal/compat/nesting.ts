/** Messages nested deeper are no client's: writing them again would take more stack than there is. */
const NESTING_MAX = 64;

/** Whether what came from a client can be written again. */
export function isFlatEnough(value: unknown, levels = NESTING_MAX): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return levels > 0 && Object.values(value).every((one) => isFlatEnough(one, levels - 1));
}
