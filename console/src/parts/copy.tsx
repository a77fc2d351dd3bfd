import { useState } from 'react';
import { Icon } from './icons.tsx';

const shownMs = 1500;

/** Copies a text, and says so for a moment. */
export function useCopy(): { isCopied: boolean; copy: (text: string) => void } {
  const [isCopied, setCopied] = useState(false);
  const copy = (text: string): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), shownMs);
    });
  };
  return { isCopied, copy };
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { isCopied, copy } = useCopy();
  return (
    <button
      type="button"
      className="icon-button"
      onClick={() => copy(text)}
      aria-label={`Copy ${label}`}
      title={`Copy ${label}`}
    >
      <Icon name={isCopied ? 'check' : 'copy'} />
    </button>
  );
}

export function CopyTextButton({ text, children }: { text: () => string; children: string }) {
  const { isCopied, copy } = useCopy();
  return (
    <button type="button" className="button" onClick={() => copy(text())}>
      <Icon name={isCopied ? 'check' : 'copy'} />
      {isCopied ? 'Copied' : children}
    </button>
  );
}

/** An id, whole for the machine and short for the eye. */
export function Id({ id, label = 'id' }: { id: string; label?: string }) {
  return (
    <span className="id">
      <span title={id}>{shortId(id)}</span>
      <CopyButton text={id} label={label} />
    </span>
  );
}

/** The end of an id tells it apart: its beginning is a time. */
export function shortId(id: string): string {
  return id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id;
}

/** The same request for a shell. @param key where it moves money: the idempotency key */
export function curlFor(method: string, path: string, body?: unknown): string {
  const lines = [`curl -X ${method} '${location.origin}${path}'`, "-H 'Authorization: Bearer $API_KEY'"];
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", '-H "Idempotency-Key: $(uuidgen)"');
    lines.push(`-d '${toJson(body).replaceAll("'", String.raw`'\''`)}'`);
  }
  return lines.join(' \\\n  ');
}

/** JSON with exact integers. */
export function toJson(value: unknown, indent = 0): string {
  const mark = (_: string, item: unknown): unknown =>
    typeof item === 'bigint' ? `\u0001${item}` : item;
  return JSON.stringify(value, mark, indent).replaceAll(/"\\u0001(-?\d+)"/g, '$1');
}
