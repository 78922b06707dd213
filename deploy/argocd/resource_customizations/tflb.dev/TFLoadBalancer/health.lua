-- A load balancer is Healthy when it serves, Degraded when a person must act or its machines don't answer, Suspended when the
-- object says so, and Progressing while the controller or the cloud is at work.
local function condition(name)
  for _, each in ipairs((obj.status or {}).conditions or {}) do
    if each.type == name then
      return each
    end
  end
end

local function verdict(status, of)
  return {status = status, message = of.reason .. ": " .. of.message}
end

local ready = condition("Ready")
if ready == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "the controller has not seen this version yet"}
end
if condition("Stalled") then
  return verdict("Degraded", condition("Stalled"))
end
if ready.reason == "Suspended" then
  return verdict("Suspended", ready)
end
if ready.status == "True" then
  return verdict("Healthy", ready)
end
if ready.status == "False" and condition("Reconciling") == nil then
  return verdict("Degraded", ready)
end
return verdict("Progressing", ready)
