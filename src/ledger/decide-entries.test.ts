import { scenario } from '../../test/support/scenario.ts';

scenario(
  'an entry moves any number of accounts',
  `
  open A                                   -> 201
  open B limit=0                           -> 201
  open C limit=0                           -> 201
  entry D:A:100 C:B:60 C:C:40 batch=b1     -> 201 entry_number=1 batch=b1 transfer_id=null
                                           | events=EntryPosted B.balance=60
  entry D:B:60 C:A:60                      -> 201 entry_number=2 B.balance=0
`,
);

scenario(
  'of several broken rules of an entry the first is told',
  `
  ledger other                             -> 201
  open A limit=0                           -> 201
  open B                                   -> 201
  open E EUR                               -> 201
  open S                                   -> 201
  open C                                   -> 201
  @other open X                            -> 201
  patch S status=SUSPENDED                 -> 200
  patch C status=CLOSED                    -> 200
  entry D:N:5                              -> too_few_lines
  entry D:N:5 effective=86401              -> too_few_lines
  entry D:N:1000 C:C:500 effective=86401   -> effective_at_too_far
  entry D:N:1000 C:C:500                   -> unbalanced_entry debits=1000 credits=500 currency=undefined
  entry D:A:1000 C:B:500                   -> unbalanced_entry debits=1000 credits=500 currency=USD
  entry D:A:5 C:E:5                        -> unbalanced_entry debits=5 credits=0 currency=USD
  entry D:A:5 C:B:5 D:E:1                  -> unbalanced_entry currency=EUR debits=1 credits=0
  entry D:A:5 D:B:5                        -> unbalanced_entry debits=10 credits=0
  entry D:C:5 C:N:5                        -> account_not_found account=N transfer=none
  entry D:N:5 C:X:5                        -> account_not_found account=N status=422
  entry D:X:5 C:B:5                        -> account_not_found account=X
  entry D:S:5 C:C:5                        -> account_closed account=C
  entry D:A:5@min:1 C:S:5                  -> account_suspended account=S
  entry D:A:max@min:1 C:B:max              -> condition_failed account=A available=0 required_available_min=1
  entry D:A:max D:A:1 C:B:max C:B:1        -> amount_overflow account=A
  entry D:A:5 C:B:5                        -> insufficient_funds available=0 requested=5
`,
);

scenario(
  'limits are judged on the net effect for each account',
  `
  open out                                 -> 201
  open A limit=0 opening=10                -> 201
  open B limit=0                           -> 201
  entry D:A:100 C:A:90 C:B:10              -> 201 A.balance=0 A.version=4 B.balance=10 B.version=2
  entry D:A:100 C:A:99 C:B:1               -> insufficient_funds requested=1 available=0
  entry D:A:50 C:A:50                      -> 201 A.balance=0 A.version=6
  entry D:B:11 C:out:11                    -> insufficient_funds account=B available=10 requested=11
  entry D:A:5 D:B:5 C:out:10               -> insufficient_funds account=A
  entry D:B:5 C:A:5 D:out:1 C:out:1        -> 201 A.balance=5 B.balance=5
`,
);

scenario(
  'debits and credits are equal in each currency',
  `
  open A                                   -> 201
  open B                                   -> 201
  open E EUR                               -> 201
  open F EUR                               -> 201
  entry D:A:100 C:B:100 D:E:7 C:F:7        -> 201 B.balance=100 F.balance=7
  entry D:A:7 C:F:7 D:E:100 C:B:100        -> unbalanced_entry currency=USD debits=7 credits=100
`,
);

scenario(
  'an entry over an account of either side, in breach or suspended',
  `
  open cash type=ASSET limit=0             -> 201
  open rent type=EXPENSE limit=0           -> 201
  open A limit=100                         -> 201
  entry D:cash:100 C:A:100                 -> 201 cash.balance=100 A.balance=100
  entry D:rent:30 C:cash:30                -> 201 cash.balance=70 rent.balance=30
  entry D:rent:71 C:cash:71                -> insufficient_funds account=cash
  entry D:A:200 C:cash:50 C:rent:30 D:cash:1 C:cash:1 -> unbalanced_entry
  entry D:A:80 C:cash:50 C:rent:30         -> 201 A.balance=20 rent.balance=0
  patch A limit=0                          -> 200
  entry D:A:20 C:cash:20                   -> 201 A.available=0
`,
);

scenario(
  'conditions of lines are judged before the entry',
  `
  open A                                   -> 201
  open B                                   -> 201
  entry D:A:5@max:0 C:B:5@version:1        -> 201
  entry D:A:5@max:-6 C:B:5                 -> condition_failed available=-5
  entry D:A:5 C:B:5@version:1              -> condition_failed account=B version=2
  entry D:A:5@version:2 D:A:5@version:2 C:B:10@min:5 -> 201 A.version=4
`,
);

scenario(
  'sums of an entry end at 64 bits',
  `
  open A                                   -> 201
  open B                                   -> 201
  entry D:A:max C:B:max                    -> 201
  entry D:B:max C:A:max                    -> 201 A.balance=0
  entry D:A:1 C:B:1                        -> amount_overflow account=A
`,
);
