import { useAccountNamed } from '../api/account-names.ts';
import { shortId } from './copy.tsx';
import { Link } from './link.tsx';

/** The name of an account where it has one, leading to it. */
export function AccountLink({ id }: { id: string | null }) {
  if (id === null) return <span className="dim">several</span>;
  return <KnownAccount id={id} />;
}

function KnownAccount({ id }: { id: string }) {
  const account = useAccountNamed(id);
  return <Link to={`/accounts/${id}`}>{account?.name ?? account?.external_id ?? shortId(id)}</Link>;
}

/** The same without a link. */
export function AccountName({ id }: { id: string }) {
  const account = useAccountNamed(id);
  return <>{account?.name ?? account?.external_id ?? shortId(id)}</>;
}
