import { useEffect, useId, useRef, useState } from 'react';
import { useRead } from '../api/queries.ts';
import { useMay, useSession } from '../api/session.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { useGo } from '../parts/link.tsx';
import { switchTheme } from './theme.ts';
import { groupsFor, newThings } from './views.ts';

interface Command {
  readonly name: string;
  readonly icon: IconName;
  readonly note: string;
  readonly run: () => void;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const foundMax = 6;

/** Goes anywhere and does anything by typing: views, actions, accounts, and whatever an id names. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const commands = useCommands(text.trim(), onClose);
  const chosen = Math.min(at, commands.length - 1);
  const onKey = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((chosen + step + commands.length) % commands.length);
    } else if (event.key === 'Enter') commands[chosen]?.run();
  };
  return (
    <dialog ref={dialog} className="dialog palette" aria-label="Go to" onClose={onClose}>
      <input
        className="input"
        role="combobox"
        aria-label="Search views, accounts and ids"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={`${list}-${chosen}`}
        placeholder="Search views, accounts and ids"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id={list} role="listbox" aria-label="Results" tabIndex={-1}>
        {commands.map(({ name, icon, note, run }, row) => (
          <li
            key={name + note}
            id={`${list}-${row}`}
            role="option"
            aria-selected={row === chosen}
            onClick={run}
            onMouseMove={() => setAt(row)}
          >
            <Icon name={icon} />
            {name}
            <span className="dim">{note}</span>
          </li>
        ))}
      </ul>
    </dialog>
  );
}

function useCommands(text: string, onClose: () => void): readonly Command[] {
  const go = useGo();
  const { scopes } = useSession();
  const mayWrite = useMay('write');
  const mayRead = useMay('read');
  const leadTo = (name: string, icon: IconName, note: string, path: string): Command => ({
    name,
    icon,
    note,
    run: () => {
      onClose();
      go(path);
    },
  });
  const { data: accounts = [] } = useRead(
    ['accounts', 'palette', text],
    (client) => client.listAccounts({ q: text, limit: foundMax }).take(foundMax),
    { when: mayRead && text.length > 1 && !uuid.test(text) },
  );
  const views = groupsFor(scopes).flatMap(({ name: group, views }) =>
    views.map(({ name, icon, path, shortcut }) =>
      leadTo(name, icon, shortcut === undefined ? group : `g ${shortcut}`, path),
    ),
  );
  const actions = (mayWrite ? newThings : []).map(({ name, path, keys }) =>
    leadTo(name, 'plus', keys.split('').join(' '), path),
  );
  const theme = { name: 'Switch theme', icon: 'moon', note: 'Action', run: switchTheme } as const;
  const matches = [...views, ...actions, theme].filter(({ name }) =>
    name.toLowerCase().includes(text.toLowerCase()),
  );
  const byId = uuid.test(text)
    ? [
        leadTo('Account with this id', 'accounts', text, `/accounts/${text}`),
        leadTo('Transfer with this id', 'transfers', text, `/transfers/${text}`),
        leadTo('Entry with this id', 'journal', text, `/journal/entries/${text}`),
      ]
    : [];
  const found = text.length > 1 ? accounts : [];
  const named = found.map(({ id, name, external_id: externalId, currency }) =>
    leadTo(name ?? externalId ?? id, 'accounts', currency, `/accounts/${id}`),
  );
  return [...byId, ...matches, ...named];
}
