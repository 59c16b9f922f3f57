from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "Registri"

    def ready(self) -> None:
        from registry import system_checks  # noqa: F401  (registers them)


class OfficeAdminConfig(AdminConfig):
    default_site = "registry.office_admin.OfficeAdminSite"
