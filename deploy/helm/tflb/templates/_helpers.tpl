{{- define "tflb.name" -}}
{{ printf "%s-controller" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "tflb.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "tflb.name" .) }}
{{- end }}

{{- define "tflb.selector" -}}
app.kubernetes.io/name: tflb
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tflb.labels" -}}
{{ include "tflb.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "tflb.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{/* What the controller does with objects, in all namespaces or in one. */}}
{{- define "tflb.rules" -}}
- apiGroups: [tflb.dev]
  resources: [tfloadbalancers]
  verbs: [get, list, watch, patch]
- apiGroups: [tflb.dev]
  resources: [tfloadbalancers/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "tflb.subjects" -}}
subjects:
- kind: ServiceAccount
  name: {{ include "tflb.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
