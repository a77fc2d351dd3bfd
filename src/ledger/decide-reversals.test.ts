import { scenario } from '../../test/support/scenario.ts';

const transfer = `
  open A limit=0 opening=100               -> 201
  open B limit=0                           -> 201
  open out                                 -> 201
  transfer A B 60 as=T                     -> 201
`;

scenario(
  'a transfer is reversed whole and once, linked both ways',
  `${transfer}
  reverse T as=R                           -> 201 from=B to=A amount=60 reverses=T
                                           | events=EntryPosted,TransferReversed,TransferCompleted
  reverse T                                -> already_reversed status=409 transfer=some T.reversed=60
                                           | A.balance=100
  reverse R                                -> not_reversible status=409
  reverse T 1                              -> already_reversed
  reverse T force                          -> already_reversed
`,
);

scenario(
  'a transfer is reversed in parts that never exceed it',
  `${transfer}
  reverse T 61                             -> exceeds_reversible_amount reversible=60 requested=61
                                           | transfer=some
  reverse T 20                             -> 201 T.reversed=20
  reverse T 41                             -> exceeds_reversible_amount reversible=40
  reverse T                                -> 201 amount=40 T.reversed=60
  reverse T 1                              -> already_reversed A.balance=100 B.balance=0
`,
);

scenario(
  'a hold is reversed once it is COMPLETED, up to what was settled',
  `${transfer}
  transfer A B 40 hold as=H                -> 201
  reverse H                                -> not_reversible
  settle H 10 keep                         -> 200
  reverse H 5                              -> not_reversible
  void H                                   -> 200 status=COMPLETED
  reverse H 11                             -> exceeds_reversible_amount reversible=10
  reverse H                                -> 201 amount=10 H.reversed=10
  transfer A B 40 hold as=V                -> 201
  void V                                   -> 200
  reverse V                                -> not_reversible
`,
);

scenario(
  'a reversal obeys the accounts and their limits',
  `${transfer}
  transfer B out 50                        -> 201
  reverse T                                -> insufficient_funds account=B available=10 requested=60
                                           | transfer=some
  reverse T 10                             -> 201
  patch A status=SUSPENDED                 -> 200
  reverse T 99                             -> exceeds_reversible_amount
  reverse T 5                              -> account_suspended account=A
  reverse T 5 force                        -> account_suspended
  patch A status=ACTIVE                    -> 200
  reverse T 50 force                       -> 201 B.balance=-50 T.reversed=60
  transfer B out 1                         -> insufficient_funds available=-50
`,
);

scenario(
  'what is not there or failed can not be reversed',
  `
  ledger other                             -> 201
  open A limit=0                           -> 201
  open B                                   -> 201
  transfer A B 5 as=F                      -> insufficient_funds
  transfer N B 5 as=G                      -> account_not_found
  transfer B A 5 as=T                      -> 201
  reverse none                             -> transfer_not_found status=404 transfer=none
  reverse F                                -> not_reversible transfer=some
  reverse G                                -> not_reversible
  @other reverse T                         -> transfer_not_found
`,
);

scenario(
  'an entry is reversed whole and once',
  `
  ledger other                             -> 201
  open A                                   -> 201
  open B limit=0                           -> 201
  open C limit=0                           -> 201
  entry D:A:100 C:B:60 C:C:40 as=E         -> 201
  reverse-entry none                       -> entry_not_found status=404
  @other reverse-entry E                   -> entry_not_found
  transfer B A 1 as=T                      -> 201
  reverse-entry E                          -> insufficient_funds account=B available=59 requested=60
                                           | transfer=none
  reverse-entry E force as=R               -> 201 reverses=E forced=true A.balance=1 B.balance=-1 C.balance=0
  reverse-entry E                          -> already_reversed reversed_by=R
  reverse-entry R                          -> not_reversible
`,
);

scenario(
  'an entry of a transfer is reversed by reversing the transfer',
  `${transfer}
  entry D:out:1 C:B:1 as=E                 -> 201
  patch B status=SUSPENDED                 -> 200
  reverse-entry E                          -> account_suspended account=B
  patch B status=ACTIVE                    -> 200
  reverse-entry E                          -> 201 forced=false B.balance=60
`,
);
