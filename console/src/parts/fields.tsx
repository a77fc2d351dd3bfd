import { useId, type ReactNode } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly isWide?: boolean;
  readonly children: (aria: FieldAria) => ReactNode;
}

interface FieldAria {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

/** A labelled control with its hint or, in the same place, what is wrong with it. */
export function Field({ label, hint, error, isWide = false, children }: FieldProps) {
  const id = useId();
  const note = `${id}-note`;
  return (
    <div className={`field${isWide ? ' wide' : ''}`}>
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': note, 'aria-invalid': error !== undefined })}
      <span id={note} className={error === undefined ? 'hint' : 'error'}>
        {error ?? hint}
      </span>
    </div>
  );
}

interface InputProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
  readonly type?: 'text' | 'datetime-local' | 'date' | 'password' | 'number';
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  readonly isNumber?: boolean;
  readonly list?: string;
  readonly suffix?: string;
}

export function TextField({
  value,
  onChange,
  onBlur,
  type = 'text',
  placeholder,
  isRequired,
  isNumber,
  list,
  ...field
}: InputProps) {
  return (
    <Field {...field}>
      {(aria) => (
        <input
          {...aria}
          className={`input${isNumber === true ? ' num' : ''}`}
          type={type}
          value={value}
          list={list}
          placeholder={placeholder}
          required={isRequired}
          inputMode={isNumber === true ? 'decimal' : undefined}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
          onBlur={onBlur}
        />
      )}
    </Field>
  );
}

interface SelectProps<Value extends string> extends Omit<FieldProps, 'children'> {
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly onChange: (value: Value) => void;
}

export function SelectField<Value extends string>({
  value,
  options,
  onChange,
  ...field
}: SelectProps<Value>) {
  return (
    <Field {...field}>
      {(aria) => (
        <select
          {...aria}
          className="input"
          value={value}
          onChange={(event) => {
            const chosen = options.find(([option]) => option === event.target.value);
            if (chosen !== undefined) onChange(chosen[0]);
          }}
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function TextArea({
  value,
  onChange,
  ...field
}: Omit<FieldProps, 'children'> & { value: string; onChange: (value: string) => void }) {
  return (
    <Field {...field}>
      {(aria) => (
        <textarea
          {...aria}
          className="input mono"
          value={value}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function Check({
  label,
  isOn,
  onChange,
}: {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <span className="check">
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
    </span>
  );
}
