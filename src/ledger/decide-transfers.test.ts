import { scenario } from '../../test/support/scenario.ts';

scenario(
  'a transfer debits from and credits to, and both events carry it',
  `
  open A limit=null                  -> 201 balance=0 version=1 events=AccountCreated
  open B limit=0                     -> 201
  transfer A B 1234 as=T             -> 201 amount=1234 status=COMPLETED events=EntryPosted,TransferCompleted
                                        # the first line of a table that is about money that is there
  transfer B A 1000                  -> 201 A.balance=-234 B.balance=234 A.version=3 B.version=3
  transfer B A 234                   -> 201 B.balance=0
  transfer B A 1                     -> insufficient_funds available=0 requested=1 credit_limit=0
                                           | transfer=some
`,
);

scenario(
  'of several broken rules the first in the order of codes is told',
  `
  ledger other                                -> 201
  open A limit=0                              -> 201
  open B limit=0                              -> 201
  open S limit=0                              -> 201
  open E EUR limit=0                          -> 201
  open C limit=0                              -> 201
  open F                                      -> 201
  @other open X                               -> 201
  transfer F B 5 external=e1 id=t1            -> 201
  patch S status=SUSPENDED                    -> 200
  patch C status=CLOSED                       -> 200
  transfer C C 9 XTS external=e1 id=t1 key=k1 -> transfer_id_taken transfer=none
  transfer C S 9 XTS external=e1 key=k1       -> idempotency_key_reused transfer=none
  transfer C C 9 XTS external=e1              -> external_id_taken transfer=some owner=t1
  transfer C C 9 XTS                          -> currency_unknown currency=XTS
  transfer C C 9 XXX                          -> currency_unknown currency=XXX
  transfer C C 9 XTS effective=86401          -> currency_unknown
  transfer C C 9 effective=86401 expires_at=0 -> effective_at_too_far status=422
  transfer C C 9 expires_at=0                 -> expiry_not_in_future status=422
  transfer C C 9                              -> accounts_must_differ
  transfer N N 9                              -> accounts_must_differ
  transfer N X 9 EUR                          -> account_not_found account=N
  transfer C X 9 EUR                          -> account_not_found account=X
  transfer S C 9 EUR from.min=99              -> account_closed account=C
  transfer S E 9 EUR from.min=99              -> account_suspended account=S
  transfer E S 9 USD from.min=99              -> account_suspended account=S
  transfer A E 9 from.min=99                  -> currency_mismatch account=E account_currency=EUR currency=USD
  transfer A E 9 EUR from.min=99              -> currency_mismatch account=A account_currency=USD currency=EUR
  transfer A B max from.min=99                -> condition_failed available=0 required_available_min=99
  transfer A B max                            -> amount_overflow account=B
  transfer A B 9                              -> insufficient_funds account=A
`,
);

scenario(
  'accounts of another ledger are not found, and external ids are per ledger',
  `
  ledger other                             -> 201
  open A external=one                      -> 201
  open B external=two                      -> 201
  @other open X external=one               -> 201
  @other open Y external=two               -> 201
  transfer ext:one ext:two 5 external=o    -> 201 A.balance=-5 B.balance=5
  @other transfer ext:one ext:two 7 external=o -> 201 X.balance=-7 Y.balance=7 A.balance=-5
  transfer A X 1                           -> account_not_found account=X
  @other transfer A X 1                    -> account_not_found account=A
  transfer ext:one ext:none 1              -> account_not_found account=ext:none
  transfer A ext:one 1                     -> accounts_must_differ
  @absent transfer A B 1                   -> ledger_not_found transfer=none
  open A2 external=one                     -> external_id_taken owner=A
  @other open Z external=three             -> 201
  transfer A ext:three 1                   -> account_not_found
`,
);

scenario(
  'an outflow is allowed exactly to the limit, whatever the normal sides',
  `
  open out limit=null                      -> 201
  # a debit of a CREDIT account is its outflow
  open C10 limit=10                        -> 201
  transfer C10 out 11                      -> insufficient_funds available=0 credit_limit=10 requested=11
                                           | balance=0 held=0
  transfer C10 out 10                      -> 201 C10.balance=-10 C10.available=-10
  transfer C10 out 1                       -> insufficient_funds available=-10
  transfer out C10 1                       -> 201 C10.balance=-9
  # a credit of a DEBIT account is its outflow
  open D10 type=ASSET limit=10             -> 201 normal_side=DEBIT
  transfer out D10 11                      -> insufficient_funds account=D10 available=0
  transfer out D10 10                      -> 201 D10.balance=-10
  transfer out D10 1                       -> insufficient_funds account=D10
  transfer D10 out 3                       -> 201 D10.balance=-7
  # debit to credit: both are inflows, nothing is judged
  open D0 type=EXPENSE limit=0             -> 201
  open C0 limit=0                          -> 201
  transfer D0 C0 1000                      -> 201 D0.balance=1000 C0.balance=1000
  # credit to debit: both are outflows, each is judged, from first
  transfer C0 D0 1001                      -> insufficient_funds account=C0
  transfer out C0 5                        -> 201
  transfer C0 D0 1001                      -> insufficient_funds account=D0 available=1000 requested=1001
  transfer C0 D0 1000                      -> 201 C0.balance=5 D0.balance=0
  # debit to debit: from takes in, to gives
  open cash type=ASSET limit=0             -> 201
  open rent type=EXPENSE limit=0           -> 201
  transfer cash rent 5                     -> insufficient_funds account=rent
  open income type=INCOME limit=0          -> 201 normal_side=CREDIT
  open equity type=EQUITY side=DEBIT limit=0 -> 201 normal_side=DEBIT
`,
);

scenario(
  'a null limit is none, and only 64 bits end it',
  `
  open A limit=null                        -> 201 credit_limit=null
  open B limit=null                        -> 201
  transfer A B max                         -> 201 A.balance=-9223372036854775807
  transfer A B 1                           -> amount_overflow account=A
  transfer B A max                         -> 201 A.balance=0 B.balance=0
  open C                                   -> 201
  transfer C B 1                           -> amount_overflow account=B
`,
);

scenario(
  'what is held counts, what is incoming does not',
  `
  open out                                 -> 201
  open A limit=0 opening=100               -> 201 balance=100
  open B limit=0                           -> 201
  transfer A B 60 hold as=H                -> 201 A.held=60 A.available=40 B.incoming=60 B.available=0
  transfer A out 41                        -> insufficient_funds available=40 balance=100 held=60
  transfer B out 1                         -> insufficient_funds account=B
  transfer A out 40                        -> 201 A.available=0
`,
);

scenario(
  'conditions are judged by the accounts as they are before',
  `
  open out                                 -> 201
  open A limit=0 opening=100               -> 201 A.version=2
  open B limit=0                           -> 201
  transfer A B 1 from.min=100 from.max=100 from.version=2 to.min=0 to.max=0 to.version=1 -> 201
  transfer A B 1 from.min=100              -> condition_failed available=99 version=3
                                           | required_available_min=100
  transfer A B 1 from.max=98               -> condition_failed required_available_max=98 status=409
  transfer A B 1 from.version=2            -> condition_failed required_version=2 version=3
  transfer A B 1 to.version=1 from.version=3 -> condition_failed account=B
  transfer A B 1 to.version=1 from.version=1 -> condition_failed account=A
  transfer B out 1 from.min=-5             -> 201
`,
);

scenario(
  'deposits and withdrawals go through the account outside, made once and in the same commit',
  `
  open A limit=0                           -> 201
  withdraw A 1                             -> insufficient_funds external:USD.exists=false
  deposit A 100 key=d                      -> 201 from=external:USD
                                           | events=AccountCreated,EntryPosted,TransferCompleted
  deposit A 100                            -> 201 events=EntryPosted,TransferCompleted
                                           | external:USD.balance=200
  withdraw A 50 USD                        -> 201 A.balance=150 external:USD.balance=150
                                           | external:USD.version=4
  withdraw A 151                           -> insufficient_funds
  deposit A 5 EUR                          -> currency_mismatch account_currency=USD external:EUR.exists=false
  deposit A 5 XTS                          -> currency_unknown
  deposit N 5                              -> account_not_found status=404 transfer=some
  withdraw N 5 XTS                         -> currency_unknown
  open D type=ASSET                        -> 201
  deposit D 5                              -> not_a_credit_account account=D
  withdraw D 5 EUR                         -> not_a_credit_account
  patch D status=SUSPENDED                 -> 200
  deposit D 5                              -> account_suspended
  open J JPY                               -> 201
  deposit J 7 hold                         -> 201 status=HELD events=AccountCreated,TransferHeld
                                           | J.incoming=7 external:JPY.incoming=7
  ledger other                             -> 201
  @other open O                            -> 201
  @other deposit O 1                       -> 201 other/external:USD.balance=1 external:USD.balance=150
`,
);

scenario(
  'an external id is taken by what was not refused',
  `
  open A limit=0                           -> 201
  open B                                   -> 201
  transfer A B 5 external=e                -> insufficient_funds transfer=some
  transfer B A 5 external=e                -> 201
  transfer B A 5 external=e                -> external_id_taken status=409
  transfer B A 5 external=f hold           -> 201 status=HELD
  deposit A 5 external=f                   -> external_id_taken
`,
);

scenario(
  'a refused transfer stays as FAILED with its reason',
  `
  open A limit=0                           -> 201
  open B                                   -> 201
  transfer A B 5 id=t                      -> insufficient_funds t.status=FAILED t.from=A t.amount=5
                                           | t.entryId=null
  transfer N B 5 id=u                      -> account_not_found u.from=null u.to=B
  transfer A B 5 XTS id=v                  -> currency_unknown v.currency=XTS
`,
);

scenario(
  'a transfer may count from any time past, or up to a day ahead',
  `
  open A                                   -> 201
  open B                                   -> 201
  transfer A B 1 effective=86400           -> 201 effective_at=2026-01-02T00:00:00.000Z
  transfer A B 1 effective=-86400          -> 201 effective_at=2025-12-31T00:00:00.000Z
  transfer A B 1                           -> 201 effective_at=2026-01-01T00:00:00.000Z
  transfer A B 1 effective=86401 hold      -> effective_at_too_far
  deposit A 1 effective=86401              -> effective_at_too_far transfer=some
`,
);
