import { scenario } from '../../test/support/scenario.ts';

scenario(
  'ledgers and currencies are registered once',
  `
  ledger other limit=5                     -> 201 name=other default_credit_limit=5 entry_count=0 events=none
  ledger other                             -> ledger_name_taken status=409
  ledger main                              -> ledger_name_taken
  patch-ledger none limit=1                -> ledger_not_found status=404
  patch-ledger other limit=null            -> 200 default_credit_limit=null
  currency PTS 3                           -> 201 scale=3 source=registered
  currency PTS 3                           -> 201
  currency PTS 2                           -> currency_code_taken scale=3 status=409
  currency USD 2                           -> 201 source=iso4217
  currency USD 3                           -> currency_code_taken scale=2
  @none open A                             -> ledger_not_found
  @other open A PTS                        -> 201 credit_limit=null
  @other open B PTS                        -> 201
  @other transfer A B 5 PTS                -> 201 entry_number=1
  open C                                   -> 201
  open D                                   -> 201
  transfer C D 5                           -> 201 entry_number=1
  patch-ledger main limit=7                -> 200 entry_count=1
  transfer C D 5                           -> 201 entry_number=2
`,
);
