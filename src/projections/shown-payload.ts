import { fromBinary, toJsonString } from '@bufbuild/protobuf';
import { schemaOf } from './decoded-event.ts';

/** The payload of an event as JSON text; undefined where it can't be read, or is of something else. */
export function showPayload(type: string, payload: Uint8Array): string | undefined {
  const schema = schemaOf(type);
  if (schema === undefined) return isJson(payload) ? Buffer.from(payload).toString() : undefined;
  try {
    return toJsonString(schema, fromBinary(schema, payload));
  } catch {
    return undefined;
  }
}

/** Commands are kept as JSON. */
function isJson(payload: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(payload).toString());
    return true;
  } catch {
    return false;
  }
}
